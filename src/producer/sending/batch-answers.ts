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
  readonly #found = new Map<string, InOrder<Answer, number> | undefined>();

  constructor({ responses }: ProduceResponse) {
    this.#isById = responses[0]?.name === "";
    this.#topics = new InOrder(responses, this.#isById ? ({ topicId }) => topicId : ({ name }) => name);
  }

  /** The part about this batch; undefined if there is none. `topicId` is the topic's id in the request. */
  of(
    { topic, partition }: { readonly topic: string; readonly partition: number },
    topicId: string | undefined,
  ): Answer | undefined {
    let answers = this.#found.get(topic);
    if (answers === undefined && !this.#found.has(topic)) {
      const key = this.#isById ? topicId : topic;
      const part = key === undefined ? undefined : this.#topics.take(key);
      answers = part === undefined ? undefined : new InOrder(part.partitionResponses, ({ index }) => index);
      this.#found.set(topic, answers);
    }
    return answers?.take(partition);
  }
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
