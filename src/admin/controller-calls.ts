import { notAtControllers } from "../errors/at-controllers.ts";
import type { LoadedCalls } from "./admin-calls.ts";

/** The calls that controllers serve (KIP-919). */
const AT_CONTROLLERS: readonly (keyof LoadedCalls)[] = [
  "describeCluster",
  "describeConfigs",
  "incrementalAlterConfigs",
  "describeAcls",
  "createAcls",
  "deleteAcls",
  "describeFeatures",
  "updateFeatures",
  "describeMetadataQuorum",
  "addRaftVoter",
  "removeRaftVoter",
  "alterPartitionReassignments",
  "listPartitionReassignments",
  "unregisterBroker",
  "unregisterController",
];

/** The calls of an admin that is connected to controllers: all others are refused. */
export function callsAtControllers(calls: LoadedCalls): LoadedCalls {
  const refused = Object.keys(calls)
    .filter((name) => !(AT_CONTROLLERS as readonly string[]).includes(name))
    .map((name) => [name, () => Promise.reject(notAtControllers(name))] as const);
  return { ...calls, ...Object.fromEntries(refused) };
}
