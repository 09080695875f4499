import type { QueuedError } from "../../embedded/intercepts/error-queue.ts";
import { brokerErrorCode, brokerErrorName } from "../../errors/broker-error.ts";
import type { FaultDefinition, Strike } from "../fault-definition.ts";

/**
 * One to three requests about one partition return an error that Kafka documents for their API, or a code that Kafka
 * does not have; `amount` chooses the API and the error.
 */
export const errorCode: FaultDefinition<"error-code"> = {
  kind: "error-code",
  amount: { least: 1, greatest: 76, unit: "" },
  words: ({ amount }) => {
    const { api, error } = refusalOf(amount);
    const name = typeof error === "number" ? brokerErrorName(error) : error;
    return `up to three ${api} requests about one partition return ${name}`;
  },
  begin: (strike) => {
    const { topics } = strike.world.cluster.snapshot();
    const all = topics.flatMap(({ topic, partitions }) => partitions.map(({ partition }) => ({ topic, partition })));
    const struck = all[strike.brokerDraw % Math.max(1, all.length)];
    if (struck === undefined) return undefined;
    return refuse(strike, struck.topic, struck.partition);
  },
};

type RefusingApi = "Produce" | "Fetch" | "FetchSession" | "ListOffsets" | "Metadata" | "InitProducerId";

interface Refusal {
  readonly api: RefusingApi;
  readonly error: QueuedError;
}

/** A later version of Kafka may have such an error. */
const UNKNOWN_CODE = 9999;
const MOST_REQUESTS = 3;

/** The errors of each API, as Kafka documents them. */
const ERRORS: Readonly<Record<RefusingApi, readonly QueuedError[]>> = {
  Produce: [
    "UNKNOWN_SERVER_ERROR",
    "CORRUPT_MESSAGE",
    "UNKNOWN_TOPIC_OR_PARTITION",
    "LEADER_NOT_AVAILABLE",
    "NOT_LEADER_OR_FOLLOWER",
    "REQUEST_TIMED_OUT",
    "MESSAGE_TOO_LARGE",
    "INVALID_TOPIC_EXCEPTION",
    "RECORD_LIST_TOO_LARGE",
    "NOT_ENOUGH_REPLICAS",
    "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
    "INVALID_REQUIRED_ACKS",
    "TOPIC_AUTHORIZATION_FAILED",
    "CLUSTER_AUTHORIZATION_FAILED",
    "INVALID_TIMESTAMP",
    "UNSUPPORTED_FOR_MESSAGE_FORMAT",
    "POLICY_VIOLATION",
    "OUT_OF_ORDER_SEQUENCE_NUMBER",
    "DUPLICATE_SEQUENCE_NUMBER",
    "INVALID_PRODUCER_EPOCH",
    "INVALID_TXN_STATE",
    "INVALID_PRODUCER_ID_MAPPING",
    "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
    "KAFKA_STORAGE_ERROR",
    "UNKNOWN_PRODUCER_ID",
    "FENCED_LEADER_EPOCH",
    "UNSUPPORTED_COMPRESSION_TYPE",
    "INVALID_RECORD",
    "THROTTLING_QUOTA_EXCEEDED",
    "UNKNOWN_TOPIC_ID",
    "INCONSISTENT_TOPIC_ID",
    UNKNOWN_CODE,
  ],
  Fetch: [
    "UNKNOWN_SERVER_ERROR",
    "OFFSET_OUT_OF_RANGE",
    "CORRUPT_MESSAGE",
    "UNKNOWN_TOPIC_OR_PARTITION",
    "NOT_LEADER_OR_FOLLOWER",
    "REPLICA_NOT_AVAILABLE",
    "TOPIC_AUTHORIZATION_FAILED",
    "KAFKA_STORAGE_ERROR",
    "FENCED_LEADER_EPOCH",
    "UNKNOWN_LEADER_EPOCH",
    "UNSUPPORTED_COMPRESSION_TYPE",
    "OFFSET_NOT_AVAILABLE",
    "UNKNOWN_TOPIC_ID",
    "INCONSISTENT_TOPIC_ID",
    "OFFSET_MOVED_TO_TIERED_STORAGE",
    UNKNOWN_CODE,
  ],
  FetchSession: [
    "UNKNOWN_SERVER_ERROR",
    "FETCH_SESSION_ID_NOT_FOUND",
    "INVALID_FETCH_SESSION_EPOCH",
    "FETCH_SESSION_TOPIC_ID_ERROR",
    UNKNOWN_CODE,
  ],
  ListOffsets: [
    "UNKNOWN_SERVER_ERROR",
    "UNKNOWN_TOPIC_OR_PARTITION",
    "LEADER_NOT_AVAILABLE",
    "NOT_LEADER_OR_FOLLOWER",
    "REPLICA_NOT_AVAILABLE",
    "TOPIC_AUTHORIZATION_FAILED",
    "UNSUPPORTED_FOR_MESSAGE_FORMAT",
    "KAFKA_STORAGE_ERROR",
    "FENCED_LEADER_EPOCH",
    "UNKNOWN_LEADER_EPOCH",
    "OFFSET_NOT_AVAILABLE",
    UNKNOWN_CODE,
  ],
  Metadata: [
    "UNKNOWN_SERVER_ERROR",
    "UNKNOWN_TOPIC_OR_PARTITION",
    "LEADER_NOT_AVAILABLE",
    "INVALID_TOPIC_EXCEPTION",
    "TOPIC_AUTHORIZATION_FAILED",
    UNKNOWN_CODE,
  ],
  InitProducerId: [
    "UNKNOWN_SERVER_ERROR",
    "COORDINATOR_LOAD_IN_PROGRESS",
    "COORDINATOR_NOT_AVAILABLE",
    "CLUSTER_AUTHORIZATION_FAILED",
    UNKNOWN_CODE,
  ],
};

const REFUSALS: readonly Refusal[] = (Object.keys(ERRORS) as RefusingApi[]).flatMap((api) =>
  ERRORS[api].map((error) => ({ api, error })),
);

function refusalOf(amount: number): Refusal {
  return REFUSALS[amount % REFUSALS.length] ?? { api: "Produce", error: UNKNOWN_CODE };
}

function refuse({ world: { cluster }, amount, nodeDraw }: Strike, topic: string, partition: number): () => void {
  const { api, error } = refusalOf(amount);
  const times = 1 + (nodeDraw % MOST_REQUESTS);
  const errors = Array<QueuedError>(times).fill(error);
  switch (api) {
    case "Produce":
    case "Fetch":
    case "ListOffsets":
      return cluster.failPartition(api, topic, partition, errors);
    case "Metadata":
      return cluster.failRequests(api, errors, { topic });
    case "InitProducerId":
      return cluster.failRequests(api, errors);
    case "FetchSession": {
      const code = typeof error === "number" ? error : brokerErrorCode(error);
      return cluster.intercept("Fetch", { answer: { errorCode: code ?? UNKNOWN_CODE } }, { times });
    }
  }
}
