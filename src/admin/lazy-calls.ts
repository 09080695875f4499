import { lateCode } from "../errors/late-code.ts";
import type { AdminCalls, LoadedCalls } from "./admin-calls.ts";
import { AdminBase } from "./admin-base.ts";
import type { AdminContext } from "./admin-context.ts";
import type * as Loaded from "./loaded-calls.ts";
import { type Listing, listing } from "./listing.ts";

/** The names of calls that return a list. */
type ListingName = {
  [N in keyof AdminCalls]: ReturnType<AdminCalls[N]> extends Listing<infer _T, infer _R> ? N : never;
}[keyof AdminCalls];

/** Every call, and whether it lists. */
const CALLS: { readonly [N in keyof AdminCalls]: N extends ListingName ? "lists" : "one" } = {
  createTopics: "one",
  deleteTopics: "one",
  listTopics: "lists",
  describeTopics: "one",
  waitForTopics: "one",
  createPartitions: "one",
  deleteRecords: "one",
  listOffsets: "one",
  describeConfigs: "one",
  alterConfigs: "one",
  incrementalAlterConfigs: "one",
  listConfigResources: "lists",
  listClientMetricsResources: "lists",
  listGroups: "lists",
  listConsumerGroups: "lists",
  describeConsumerGroups: "one",
  describeClassicGroups: "one",
  deleteConsumerGroups: "one",
  removeMembersFromConsumerGroup: "one",
  listConsumerGroupOffsets: "one",
  alterConsumerGroupOffsets: "one",
  deleteConsumerGroupOffsets: "one",
  resetOffsets: "one",
  groupLag: "one",
  listTransactions: "lists",
  describeTransactions: "one",
  describeProducers: "one",
  abortTransaction: "one",
  fenceProducers: "one",
  forceTerminateTransaction: "one",
  describeCluster: "one",
  describeFeatures: "one",
  updateFeatures: "one",
  describeMetadataQuorum: "one",
  addRaftVoter: "one",
  removeRaftVoter: "one",
  unregisterBroker: "one",
  unregisterController: "one",
  describeClientQuotas: "one",
  alterClientQuotas: "one",
  describeLogDirs: "one",
  describeReplicaLogDirs: "one",
  alterReplicaLogDirs: "one",
  electLeaders: "one",
  alterPartitionReassignments: "one",
  listPartitionReassignments: "lists",
  describeShareGroups: "one",
  deleteShareGroups: "one",
  listShareGroupOffsets: "one",
  alterShareGroupOffsets: "one",
  deleteShareGroupOffsets: "one",
  describeStreamsGroups: "one",
  deleteStreamsGroups: "one",
  listStreamsGroupOffsets: "one",
  alterStreamsGroupOffsets: "one",
  deleteStreamsGroupOffsets: "one",
  describeAcls: "one",
  createAcls: "one",
  deleteAcls: "one",
  describeUserScramCredentials: "one",
  alterUserScramCredentials: "one",
  createDelegationToken: "one",
  renewDelegationToken: "one",
  expireDelegationToken: "one",
  describeDelegationToken: "one",
};

type AnyCall = (...args: readonly unknown[]) => unknown;

/**
 * A base class with all calls of an admin. Each loads their code, once a client, and passes its arguments on. So the
 * code of administration is no part of what a page with a producer loads.
 */
function lazyCalls(): new (context: object) => AdminCalls {
  class LazyCalls extends AdminBase {
    readonly #context: AdminContext;
    #loading: Promise<LoadedCalls> | undefined;
    #loaded: LoadedCalls | undefined;

    static {
      for (const [name, kind] of Object.entries(CALLS) as [keyof AdminCalls, "lists" | "one"][]) {
        // Awaited, so that an error has the line of the application in its stack.
        const call = async function (self: LazyCalls, args: readonly unknown[]): Promise<unknown> {
          return await ((self.#loaded ?? (await self.#load()))[name] as AnyCall)(...args);
        };
        const value = function (this: LazyCalls, ...args: readonly unknown[]): Promise<unknown> {
          return kind === "lists" ? listing(call(this, args) as Promise<Iterable<unknown>>) : call(this, args);
        };
        Object.defineProperty(this.prototype, name, { value, configurable: true, writable: true });
      }
    }

    constructor(context: AdminContext) {
      super();
      this.#context = context;
    }

    #load(): Promise<LoadedCalls> {
      this.#loading ??= loadAdminCalls().then(
        ({ loadedCalls }) => (this.#loaded = loadedCalls(this.#context)),
        (error: unknown) => {
          this.#loading = undefined; // the next call tries it again
          throw error;
        },
      );
      return this.#loading;
    }
  }
  return LazyCalls as unknown as new (context: object) => AdminCalls;
}

/**
 * Its parameter is an {@link AdminContext}.
 * @internal
 */
export const LazyCalls: new (context: object) => AdminCalls = lazyCalls();

/** Loads the code of administration; the admins of all clients have it at once afterwards. */
export function loadAdminCalls(): Promise<Pick<typeof Loaded, "loadedCalls">> {
  return lateCode(import("./loaded-calls.ts"), "administration");
}
