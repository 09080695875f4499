// The 44 names of the package, but for `Kafka` and those that the host makes (`partitioners`, `codecs`).
import { AssignerProtocol } from "./assigners/assigner-protocol.ts";
import { roundRobinAssigner } from "./assigners/round-robin-assigner.ts";

export * from "./errors/all-errors.ts";
export {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  CompressionTypes,
  ConfigResourceTypes,
  ConfigSource,
  ResourcePatternTypes,
} from "./constants/constants.ts";
export { logLevel } from "./logging/log-level.ts";
export { AssignerProtocol };

/** The assigners that kafkajs brings. */
export const PartitionAssigners: { readonly roundRobin: typeof roundRobinAssigner } = {
  roundRobin: roundRobinAssigner,
};
