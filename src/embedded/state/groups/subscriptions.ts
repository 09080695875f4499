import type { ConsumerMember } from "./consumer-member.ts";
import type { PartitionCounts } from "./server-assignors.ts";
import { topicPattern } from "./topic-patterns.ts";

/** A topic as a group sees it. */
export interface TopicView {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: { readonly length: number };
}

/** The existing topics. */
export interface TopicDirectory {
  readonly all: Iterable<TopicView>;
  byName(name: string): TopicView | undefined;
  byId(topicId: string): TopicView | undefined;
}

/** New topics are looked for at most this often, in ms. Kafka: REGEX_BATCH_REFRESH_MIN_INTERVAL_MS. */
const REFRESH_MS = 10_000;

/**
 * The subscriptions of a group's members: topics by name, and the topics that regular expressions matched when they
 * were last resolved.
 */
export class Subscriptions {
  readonly #topics: TopicDirectory;
  readonly #matches = new Map<string, ReadonlySet<string>>();
  #refreshedAtMs = -Infinity;
  #seen = "";

  constructor(topics: TopicDirectory) {
    this.#topics = topics;
  }

  isResolved(expression: string): boolean {
    return expression === "" || this.#matches.has(expression);
  }

  namesOf({ details: { topicNames, topicRegex } }: ConsumerMember): ReadonlySet<string> {
    return new Set([...topicNames, ...(this.#matches.get(topicRegex) ?? [])]);
  }

  /** The existing topics of a member, by id. */
  topicIdsOf(member: ConsumerMember): ReadonlySet<string> {
    return new Set([...this.namesOf(member)].flatMap((name) => this.#topics.byName(name)?.topicId ?? []));
  }

  /** The partition counts of all topics that any member subscribes to. */
  countsOf(members: readonly ConsumerMember[]): PartitionCounts {
    const counts = new Map<string, number>();
    for (const name of [...new Set(members.flatMap((member) => [...this.namesOf(member)]))].sort()) {
      const topic = this.#topics.byName(name);
      if (topic !== undefined) counts.set(topic.topicId, topic.partitions.length);
    }
    return counts;
  }

  /**
   * Resolves new expressions, or all of them if topics have changed, and forgets those that no member uses. Returns
   * whether any result changed.
   */
  resolve(members: readonly ConsumerMember[], nowMs: number): boolean {
    const wanted = new Set(members.map(({ details }) => details.topicRegex).filter((expression) => expression !== ""));
    for (const expression of this.#matches.keys()) if (!wanted.has(expression)) this.#matches.delete(expression);
    const names = [...this.#topics.all].map(({ name }) => name).sort();
    const isStale = names.join() !== this.#seen && nowMs - this.#refreshedAtMs >= REFRESH_MS;
    const asked = [...wanted].filter((expression) => isStale || !this.#matches.has(expression));
    if (asked.length === 0) return false;
    if (isStale || this.#matches.size === 0) {
      this.#refreshedAtMs = nowMs;
      this.#seen = names.join();
    }
    let hasChanged = false;
    for (const expression of asked) {
      const pattern = topicPattern(expression);
      const matching = names.filter((name) => pattern?.test(name) === true);
      hasChanged ||= matching.join() !== [...(this.#matches.get(expression) ?? [])].join();
      this.#matches.set(expression, new Set(matching));
    }
    return hasChanged;
  }
}
