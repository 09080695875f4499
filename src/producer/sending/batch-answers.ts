import type {
  ProduceResponse,
  ProduceResponsePartitionProduceResponse,
  ProduceResponseTopicProduceResponse,
} from "../../protocol/messages/produce.ts";

type Topic = ProduceResponseTopicProduceResponse;
type Answer = ProduceResponsePartitionProduceResponse;

/**
 * Finds the parts of a Produce response that are about each batch of its request. If the response has the order of the
 * request, each is found at once; brokers do not promise that order, so otherwise they are indexed.
 */
export class BatchAnswers {
  readonly #topics: InOrder<Topic, string>;
  /** From version 13 on, a response names topics by id. */
  readonly #isById: boolean;
  /** The topic that was asked for last, as most requests have few topics. */
  #lastTopic: string | undefined;
  #last: InOrder<Answer, number> | undefined;
  /** The topics before it. */
  #found: Map<string, InOrder<Answer, number> | undefined> | undefined;

  constructor({ responses }: ProduceResponse) {
    this.#isById = responses[0]?.name === "";
    this.#topics = new InOrder(responses, this.#isById ? idOf : nameOf);
  }

  /** The part about this batch; undefined if there is none. `topicId` is the topic's id in the request. */
  of(
    { topic, partition }: { readonly topic: string; readonly partition: number },
    topicId: string | undefined,
  ): Answer | undefined {
    if (topic !== this.#lastTopic) this.#turnTo(topic, this.#isById ? topicId : topic);
    return this.#last?.take(partition);
  }

  #turnTo(topic: string, key: string | undefined): void {
    if (this.#lastTopic !== undefined) (this.#found ??= new Map()).set(this.#lastTopic, this.#last);
    this.#lastTopic = topic;
    if (this.#found?.has(topic) === true) {
      this.#last = this.#found.get(topic);
      return;
    }
    const part = key === undefined ? undefined : this.#topics.take(key);
    this.#last = part === undefined ? undefined : new InOrder(part.partitionResponses, indexOf);
  }
}

function nameOf({ name }: Topic): string {
  return name;
}

function idOf({ topicId }: Topic): string {
  return topicId;
}

function indexOf({ index }: Answer): number {
  return index;
}

/** Items that are probably asked for in their own order. */
class InOrder<T, K> {
  readonly #items: readonly T[];
  readonly #keyOf: (item: T) => K;
  #next = 0;
  #byKey: ReadonlyMap<K, T> | undefined;

  constructor(items: readonly T[], keyOf: (item: T) => K) {
    this.#items = items;
    this.#keyOf = keyOf;
  }

  /** The item with this key. */
  take(key: K): T | undefined {
    const next = this.#items[this.#next];
    if (next !== undefined && this.#keyOf(next) === key) {
      this.#next++;
      return next;
    }
    this.#byKey ??= new Map(this.#items.map((item) => [this.#keyOf(item), item]));
    return this.#byKey.get(key);
  }
}
