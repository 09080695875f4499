import * as ErrorCode from "../errors/error-code.ts";
import type { Access } from "./security/access.ts";
import type { CommittedOffset } from "./state/groups/committed-offsets.ts";
import type { Topics } from "./state/topics.ts";

/** A partition as OffsetCommit and TxnOffsetCommit name it. */
interface Asked {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly committedMetadata: string | null;
}

interface AskedTopic {
  readonly name: string;
  readonly partitions: readonly Asked[];
}

/** A topic as a request names it: by name or by id. */
interface NamedTopic extends AskedTopic {
  readonly topicId: string;
}

interface Answered {
  readonly name: string;
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[];
}

type AnsweredTopic = Answered | { readonly topicId: string; readonly partitions: Answered["partitions"] };

/** Java: `offset.metadata.max.bytes`, which counts characters. */
const MAX_METADATA = 4096;

/**
 * Returns the offsets to commit by topic, and an error code for each partition. Partitions that do not exist come
 * first, because Kafka looks for them before it asks the group; `error` is why the group refuses all others.
 */
export function commitOffsets(
  topics: Topics,
  asked: readonly AskedTopic[],
  error: number,
  commit: (offset: CommittedOffset) => void,
): readonly Answered[] {
  const answers = new Map<string, { partitionIndex: number; errorCode: number }[]>();
  const answer = (name: string, partitionIndex: number, errorCode: number): void => {
    const known = answers.get(name);
    if (known === undefined) answers.set(name, [{ partitionIndex, errorCode }]);
    else known.push({ partitionIndex, errorCode });
  };
  const exists = (name: string, { partitionIndex }: Asked): boolean =>
    topics.byName(name)?.partitions[partitionIndex] !== undefined;
  for (const { name, partitions } of asked)
    for (const one of partitions)
      if (!exists(name, one)) answer(name, one.partitionIndex, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  for (const { name, partitions } of asked) {
    for (const one of partitions) {
      if (!exists(name, one)) continue;
      const { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata } = one;
      const errorCode =
        error === ErrorCode.NONE && (committedMetadata?.length ?? 0) > MAX_METADATA
          ? ErrorCode.OFFSET_METADATA_TOO_LARGE
          : error;
      answer(name, partitionIndex, errorCode);
      if (errorCode === ErrorCode.NONE)
        commit({
          topic: name,
          partition: partitionIndex,
          offset: committedOffset,
          leaderEpoch: committedLeaderEpoch,
          metadata: committedMetadata ?? "",
        });
    }
  }
  return [...answers].map(([name, partitions]) => ({ name, partitions }));
}

/** The topics of a commit request, by name. */
export class AskedOffsets {
  /** The topics that exist and that the client may read; by name, also those that do not exist. */
  readonly known: readonly AskedTopic[];
  readonly #topics: Topics;
  readonly #isById: boolean;
  readonly #unknown: readonly NamedTopic[];
  readonly #denied: readonly AskedTopic[];

  constructor(topics: Topics, asked: readonly NamedTopic[], isById: boolean, access: Access | undefined) {
    this.#topics = topics;
    this.#isById = isById;
    this.#unknown = isById ? asked.filter(({ topicId }) => topics.byId(topicId) === undefined) : [];
    const named = asked.flatMap(({ name, topicId, partitions }) => {
      const found = isById ? topics.byId(topicId)?.name : name;
      return found === undefined ? [] : [{ name: found, partitions }];
    });
    this.#denied = access === undefined ? [] : named.filter(({ name }) => access.denies("READ", "TOPIC", name));
    this.known = this.#denied.length === 0 ? named : named.filter((topic) => !this.#denied.includes(topic));
  }

  /** The response, with topics named as in the request. Unknown ids and topics that were denied come first. */
  answer(served: readonly Answered[]): readonly AnsweredTopic[] {
    const denied = this.#denied.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
      })),
    }));
    const answered = [...denied, ...served];
    if (!this.#isById) return answered;
    const unknown = this.#unknown.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_ID })),
    }));
    return [
      ...unknown,
      ...answered.map(({ name, partitions }) => ({ topicId: this.#topics.byName(name)?.topicId ?? "", partitions })),
    ];
  }
}

/** The answer to a commit that is refused as a whole, before any topic is looked for. */
export function refusedOffsets(
  topics: readonly NamedTopic[],
  isById: boolean,
  errorCode: number,
): readonly AnsweredTopic[] {
  return topics.map(({ name, topicId, partitions: all }) => {
    const partitions = all.map(({ partitionIndex }) => ({ partitionIndex, errorCode }));
    return isById ? { topicId, partitions } : { name, partitions };
  });
}

/** The existing partitions that a commit names. */
export function partitionsOf(
  asked: readonly AskedTopic[],
  topics: Topics,
): readonly { readonly topicId: string; readonly partition: number }[] {
  return asked.flatMap(({ name, partitions }) => {
    const topic = topics.byName(name);
    return topic === undefined
      ? []
      : partitions.flatMap(({ partitionIndex }) =>
          topic.partitions[partitionIndex] === undefined ? [] : [{ topicId: topic.topicId, partition: partitionIndex }],
        );
  });
}
