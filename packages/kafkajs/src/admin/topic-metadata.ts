import type { Admin } from "../api.ts";
import { type AdminRequests, checkCode, checkCodes } from "./admin-requests.ts";
import { inText, membersOf, refuse } from "./argument-checks.ts";

/** One partition as kafkajs describes it. */
export interface PartitionDescription {
  readonly partitionErrorCode: number;
  readonly partitionId: number;
  readonly leader: number;
  readonly replicas: number[];
  readonly isr: number[];
  readonly offlineReplicas: number[];
}

/** A topic as kafkajs describes it. */
export interface TopicDescription {
  readonly name: string;
  readonly partitions: PartitionDescription[];
}

/** The calls that look at topics. */
export function topicMetadataCalls(requests: AdminRequests): Pick<Admin, "listTopics" | "fetchTopicMetadata"> {
  return {
    listTopics: async () => {
      const { topics } = await requests.read(() => requests.request("Metadata", { topics: null }));
      return topics.map(({ name }) => name ?? "");
    },
    fetchTopicMetadata: async (options) => {
      const { topics = [] } = membersOf(options);
      return { topics: await describeTopics(requests, namesOf(topics)) };
    },
  };
}

/**
 * The metadata of topics, of all of them for `[]`. A broker with `auto.create.topics.enable` creates a topic that does
 * not exist, as when kafkajs asks. Waits for leaders. Throws the first error of a topic or a partition.
 */
export async function describeTopics(requests: AdminRequests, names: readonly string[]): Promise<TopicDescription[]> {
  return await requests.tryRead(["LEADER_NOT_AVAILABLE"], async () => {
    const { topics } = await requests.request("Metadata", {
      topics: names.length === 0 ? null : names.map((name) => ({ name })),
      allowAutoTopicCreation: true,
    });
    checkCodes(topics);
    checkCodes(topics.flatMap(({ partitions }) => partitions));
    return topics.map(({ name, partitions }) => ({
      name: name ?? "",
      partitions: partitions.map(
        ({ errorCode, partitionIndex, leaderId, replicaNodes, isrNodes, offlineReplicas }) => ({
          partitionErrorCode: errorCode,
          partitionId: partitionIndex,
          leader: leaderId,
          replicas: [...replicaNodes],
          isr: [...isrNodes],
          offlineReplicas: [...offlineReplicas],
        }),
      ),
    }));
  });
}

/** The partitions of one topic in their order. Throws its error. */
export async function partitionsOf(requests: AdminRequests, topic: string): Promise<PartitionDescription[]> {
  const [described] = await describeTopics(requests, [topic]);
  if (described === undefined) return (checkCode(UNKNOWN_TOPIC_OR_PARTITION), []);
  return described.partitions.sort((a, b) => a.partitionId - b.partitionId);
}

const UNKNOWN_TOPIC_OR_PARTITION = 3;

function namesOf(topics: unknown): readonly string[] {
  if (topics === null) return [];
  if (!Array.isArray(topics)) refuse(`Invalid topics array ${inText(topics)}`);
  for (const topic of topics) if (typeof topic !== "string" || topic === "") refuse(`Invalid topic ${inText(topic)}`);
  return topics as string[];
}
