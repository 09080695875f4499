import { KafkaError } from "../../errors/kafka-error.ts";
import { reading } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";

/** Topics by name, and patterns that match topic names. */
export type TopicSelection = string | RegExp | readonly (string | RegExp)[];

/** The subscription of a consumer, by name and by pattern. */
export interface Subscription {
  readonly names: readonly string[];
  /** Stateless: without the flags `g` and `y`. */
  readonly patterns: readonly RegExp[];
}

/** A selection as a list without duplicates. */
export function selected(topics: TopicSelection | undefined): readonly (string | RegExp)[] {
  if (topics === undefined) return [];
  return Array.isArray(topics) ? [...new Set(topics as readonly (string | RegExp)[])] : [topics as string | RegExp];
}

/** The checked option. Throws kind `config` with a message that begins with `path`. */
export function subscriptionOf(topics: TopicSelection | undefined, path = "topics"): Subscription {
  return reading(path, () => readSelection(topics, path));
}

/** A hint for users who pass the options of kafkajs's `subscribe`, or those of a consumer. */
function hintFor(value: unknown): string {
  const isOfOptions = typeof value === "object" && value !== null && ("topics" in value || "topic" in value);
  return isOfOptions ? ": pass the names themselves, as a text or a list" : "";
}

function readSelection(topics: TopicSelection | undefined, path: string): Subscription {
  const all: readonly unknown[] = selected(topics);
  const names = new Set<string>();
  const patterns: RegExp[] = [];
  for (const one of all) {
    if (isRegExp(one)) patterns.push(new RegExp(one.source, one.flags.replace(/[gy]/g, "")));
    else if (typeof one === "string" && one !== "") names.add(one);
    else
      throw new KafkaError(
        "config",
        `${path} takes names and regular expressions, not ` +
          `${one === "" ? "an empty name" : inWords(one)}${hintFor(one)}`,
      );
  }
  return { names: [...names], patterns };
}

/**
 * The topics that a subscription selects: its names, whether they exist or not, then the topics that match its
 * patterns, sorted. Internal topics match by name only.
 */
export function topicsOf(
  { names, patterns }: Subscription,
  existing: Iterable<{ readonly name: string; readonly isInternal: boolean }>,
): readonly string[] {
  const found: string[] = [];
  for (const { name, isInternal } of existing) {
    if (!isInternal && !names.includes(name) && patterns.some((pattern) => pattern.test(name))) found.push(name);
  }
  return [...names, ...found.sort()];
}

/** Recognises a RegExp of another realm too. */
function isRegExp(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === "[object RegExp]";
}
