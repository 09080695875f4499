/** The APIs whose requests name topics, so that requests can be selected by topic. */
export type TopicApiName = PartitionApiName | "CreateTopics" | "CreatePartitions" | "DeleteTopics";

/** The APIs whose responses have an error for each partition. */
export type PartitionApiName =
  | "Produce"
  | "Fetch"
  | "ListOffsets"
  | "OffsetForLeaderEpoch"
  | "Metadata"
  | "OffsetCommit"
  | "TxnOffsetCommit"
  | "AddPartitionsToTxn"
  | "DeleteRecords";

/** Where a message names topics and partitions: the names of the fields. */
export interface TopicFields {
  /** The list of topics. */
  readonly topics: string;
  readonly name: string;
  /** The field of the topic id, if some version has one. */
  readonly id?: string;
  /** A list of plain names, in old versions. */
  readonly plainNames?: string;
  /** The list of partitions of a topic; absent if a request is about whole topics. */
  readonly partitions?: string;
  /** The number of a partition; absent if the list contains numbers. */
  readonly index?: string;
}

/** Where a response has the errors of its partitions. */
export interface AnswerFields extends TopicFields {
  readonly partitions: string;
  readonly index: string;
  readonly errorCode: string;
  /** The other fields of an error result. */
  readonly refusal: Readonly<Record<string, unknown>>;
  /** Whether the request changes something; for a failing partition, the change is not applied. */
  readonly isWrite: boolean;
}

const BY_NAME = { topics: "topics", name: "name", partitions: "partitions", index: "partitionIndex" } as const;
const BY_NAME_OR_ID = { ...BY_NAME, id: "topicId" } as const;

/** Where each API's request names its topics. */
export const REQUEST_TOPICS: Readonly<Record<TopicApiName, TopicFields>> = {
  Produce: { topics: "topicData", name: "name", id: "topicId", partitions: "partitionData", index: "index" },
  Fetch: { topics: "topics", name: "topic", id: "topicId", partitions: "partitions", index: "partition" },
  ListOffsets: BY_NAME,
  OffsetForLeaderEpoch: { topics: "topics", name: "topic", partitions: "partitions", index: "partition" },
  Metadata: { topics: "topics", name: "name", id: "topicId" },
  OffsetCommit: BY_NAME_OR_ID,
  TxnOffsetCommit: BY_NAME_OR_ID,
  // Later versions are for brokers.
  AddPartitionsToTxn: { topics: "v3AndBelowTopics", name: "name", partitions: "partitions" },
  DeleteRecords: BY_NAME,
  CreateTopics: { topics: "topics", name: "name" },
  CreatePartitions: { topics: "topics", name: "name" },
  DeleteTopics: { topics: "topics", name: "name", id: "topicId", plainNames: "topicNames" },
};

/** Where each API's response has the errors of its partitions. */
export const RESPONSE_PARTITIONS: Readonly<Record<PartitionApiName, AnswerFields>> = {
  Produce: {
    topics: "responses",
    name: "name",
    id: "topicId",
    partitions: "partitionResponses",
    index: "index",
    errorCode: "errorCode",
    refusal: { baseOffset: -1 },
    isWrite: true,
  },
  Fetch: {
    topics: "responses",
    name: "topic",
    id: "topicId",
    partitions: "partitions",
    index: "partitionIndex",
    errorCode: "errorCode",
    refusal: { highWatermark: -1, abortedTransactions: null, records: [] },
    isWrite: false,
  },
  ListOffsets: { ...BY_NAME, errorCode: "errorCode", refusal: {}, isWrite: false },
  OffsetForLeaderEpoch: {
    topics: "topics",
    name: "topic",
    partitions: "partitions",
    index: "partition",
    errorCode: "errorCode",
    refusal: {},
    isWrite: false,
  },
  Metadata: { ...BY_NAME_OR_ID, errorCode: "errorCode", refusal: { leaderId: -1 }, isWrite: false },
  OffsetCommit: { ...BY_NAME_OR_ID, errorCode: "errorCode", refusal: {}, isWrite: true },
  TxnOffsetCommit: { ...BY_NAME_OR_ID, errorCode: "errorCode", refusal: {}, isWrite: true },
  AddPartitionsToTxn: {
    topics: "resultsByTopicV3AndBelow",
    name: "name",
    partitions: "resultsByPartition",
    index: "partitionIndex",
    errorCode: "partitionErrorCode",
    refusal: {},
    isWrite: true,
  },
  DeleteRecords: { ...BY_NAME, errorCode: "errorCode", refusal: { lowWatermark: -1 }, isWrite: true },
};

/** The fields of a topic or a partition in a message, by name. */
export type Fields = Readonly<Record<string, unknown>>;

/** A list of a message; empty if it is absent. */
export function listOf(message: unknown, field: string | undefined): readonly unknown[] {
  const list = field === undefined ? undefined : (message as Fields)[field];
  return Array.isArray(list) ? (list as readonly unknown[]) : [];
}

/** Whether the API's requests name topics. */
export function isTopicApi(apiName: string): apiName is TopicApiName {
  return apiName in REQUEST_TOPICS;
}

/** Whether the API's responses have an error for each partition. */
export function isPartitionApi(apiName: string): apiName is PartitionApiName {
  return apiName in RESPONSE_PARTITIONS;
}
