import { KafkaError } from "../../errors/kafka-error.ts";
import { reading } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";

/** Topics by name, and those whose name a pattern finds. */
export type TopicSelection = string | RegExp | readonly (string | RegExp)[];

/** What a consumer wants to read, by name and by pattern. */
export interface Subscription {
  readonly names: readonly string[];
  /** Without state of their own: neither `g` nor `y`. */
  readonly patterns: readonly RegExp[];
}

/** A selection as a list, each once. */
export function selected(topics: TopicSelection | undefined): readonly (string | RegExp)[] {
  if (topics === undefined) return [];
  return Array.isArray(topics) ? [...new Set(topics as readonly (string | RegExp)[])] : [topics as string | RegExp];
}

/** The option, read. Throws kind `config` that begins with `path`. */
export function subscriptionOf(topics: TopicSelection | undefined, path = "topics"): Subscription {
  return reading(path, () => readSelection(topics, path));
}

/** What kafkajs's `subscribe` takes, and what a consumer's options would be. */
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
 * What the subscription means among the topics that there are: its names, whether they are there or not, then what its
 * patterns find, sorted. Kafka's own topics are found by name only.
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

/** Also of another realm. */
function isRegExp(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === "[object RegExp]";
}
