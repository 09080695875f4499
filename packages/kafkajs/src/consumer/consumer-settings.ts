import type { ConsumerOptions } from "odradek";
import { roundRobinAssigner } from "../assigners/round-robin-assigner.ts";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";
import type { RetrySettings } from "../retry/retry-options.ts";
import type { AssignerFactory } from "./assignor-of.ts";

/** The options of `kafka.consumer()`: kafkajs's, and three of the drop-in's own. Times are in ms. */
export interface ConsumerConfigFields {
  readonly groupId: string;
  /** Factories of assigners; also names of Odradek's assignors, such as `"cooperative-sticky"`. */
  readonly partitionAssigners?: readonly (AssignerFactory | OdradekAssignor)[] | undefined;
  readonly sessionTimeout?: number | undefined;
  readonly rebalanceTimeout?: number | undefined;
  readonly heartbeatInterval?: number | undefined;
  readonly metadataMaxAge?: number | undefined;
  readonly allowAutoTopicCreation?: boolean | undefined;
  readonly maxInFlightRequests?: number | null | undefined;
  readonly minBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
  readonly maxBytesPerPartition?: number | undefined;
  readonly maxWaitTimeInMs?: number | undefined;
  readonly readUncommitted?: boolean | undefined;
  readonly rackId?: string | undefined;
  readonly retry?: ConsumerRetry | undefined;
  /** A static member (KIP-345). kafkajs has none. */
  readonly groupInstanceId?: string | undefined;
  /** `"consumer"`: the protocol of KIP-848. Default `"classic"`, kafkajs's only one. */
  readonly groupProtocol?: "classic" | "consumer" | "auto" | undefined;
}

/** The name of an assignor of Odradek. */
export type OdradekAssignor = Extract<NonNullable<ConsumerOptions["partitionAssignmentStrategy"]>[number], string>;

/** The retries of a consumer. */
export type ConsumerRetry = Partial<RetrySettings> & {
  readonly restartOnFailure?: ((error: Error) => Promise<unknown>) | undefined;
};

/** The longest time that Odradek takes, in ms. */
const FOR_EVER_MS = 2_147_483_647;

/** kafkajs's defaults. */
const DEFAULTS = {
  sessionTimeout: 30_000,
  rebalanceTimeout: 60_000,
  heartbeatInterval: 3000,
  minBytes: 1,
  maxBytes: 10_485_760,
  maxBytesPerPartition: 1_048_576,
  maxWaitTimeInMs: 5000,
  rackId: "",
} as const;

/** The options with kafkajs's defaults. */
export interface ConsumerSettings {
  readonly groupId: string;
  readonly allowAutoTopicCreation: boolean;
  readonly partitionAssigners: readonly (AssignerFactory | OdradekAssignor)[];
  readonly groupProtocol: "classic" | "consumer" | "auto";
  /** The options of the Odradek consumer that do not depend on topics and assigners. */
  readonly options: ConsumerOptions;
}

/** Checks what kafkajs checks at once, and sets the defaults. Throws `KafkaJSNonRetriableError`. */
export function consumerSettings(config: ConsumerConfigFields): ConsumerSettings {
  const { groupId, groupInstanceId, groupProtocol = "classic", allowAutoTopicCreation = true } = config;
  if (!groupId) throw new KafkaJSNonRetriableError("Consumer groupId must be a non-empty string.");
  const given = Object.entries(config).filter(([, value]) => value !== undefined);
  const set = { ...DEFAULTS, ...(Object.fromEntries(given) as Partial<Record<keyof typeof DEFAULTS, never>>) };
  const { sessionTimeout, heartbeatInterval } = set;
  if (heartbeatInterval >= sessionTimeout)
    throw new KafkaJSNonRetriableError(
      `Consumer heartbeatInterval (${heartbeatInterval}) must be lower than sessionTimeout (${sessionTimeout}). ` +
        "It is recommended to set heartbeatInterval to approximately a third of the sessionTimeout.",
    );
  const isClassic = groupProtocol === "classic";
  return {
    groupId,
    allowAutoTopicCreation,
    groupProtocol,
    partitionAssigners: config.partitionAssigners ?? [roundRobinAssigner],
    options: {
      groupId,
      groupProtocol,
      enableAutoCommit: false,
      isolationLevel: config.readUncommitted === true ? "read_uncommitted" : "read_committed",
      ...(isClassic ? { sessionTimeoutMs: sessionTimeout, heartbeatIntervalMs: heartbeatInterval } : {}),
      // A handler may work for any time, as in kafkajs while it calls heartbeat(); only a rebalance limits it.
      maxPollIntervalMs: FOR_EVER_MS,
      rebalanceTimeoutMs: set.rebalanceTimeout,
      fetchMinBytes: set.minBytes,
      fetchMaxBytes: set.maxBytes,
      maxPartitionFetchBytes: set.maxBytesPerPartition,
      fetchMaxWaitMs: set.maxWaitTimeInMs,
      clientRack: set.rackId,
      ...(groupInstanceId === undefined ? {} : { groupInstanceId }),
    },
  };
}
