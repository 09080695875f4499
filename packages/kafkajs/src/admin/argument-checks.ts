import { KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";

/** Something of the user's of which nothing is known. */
export type Unchecked = Readonly<Record<string, unknown>>;

/** Throws kafkajs's error of a wrong argument. */
export function refuse(text: string): never {
  throw new KafkaJSNonRetriableError(text);
}

/** The members of an argument, also of one that is missing: then the checks of its members name what is missing. */
export function membersOf(value: unknown): Unchecked {
  return (value ?? {}) as Unchecked;
}

/** A value as kafkajs writes it into texts. */
export function inText(value: unknown): string {
  return String(value);
}

/** A list of the user's. Throws the text of `refusal` for anything else. */
export function listOf(value: unknown, refusal: string): readonly Unchecked[] {
  if (!Array.isArray(value)) refuse(`${refusal} ${inText(value)}`);
  return value.map(membersOf);
}

/** Throws unless a member of every entry is text. */
export function checkTexts(entries: readonly Unchecked[], member: string, refusal: string): void {
  if (entries.some((entry) => typeof entry[member] !== "string")) refuse(refusal);
}

/** Throws unless each entry is about another topic, named by text. `what` is what the text calls the list. */
export function checkTopicNames(entries: readonly Unchecked[], what: string): void {
  checkTexts(entries, "topic", `Invalid ${what}, the topic names have to be a valid string`);
  if (new Set(entries.map(({ topic }) => topic)).size < entries.length)
    refuse(`Invalid ${what}, it cannot have multiple entries for the same topic`);
}

/**
 * Throws unless a member of every entry is one of `values`. `name` is what the text calls the member. The text has the
 * entry as JSON.
 */
export function checkNumbers(
  entries: readonly Unchecked[],
  member: string,
  values: Readonly<Record<string, number>>,
  name: string,
): void {
  const known = Object.values(values);
  const wrong = entries.find((entry) => !known.includes(entry[member] as number));
  if (wrong !== undefined) refuse(`Invalid ${name} ${inText(wrong[member])}: ${JSON.stringify(wrong)}`);
}

/** A number that may be given as text, as kafkajs's encoder takes it. */
export function toNumber(value: unknown): number {
  return typeof value === "number" ? value : Number(value);
}

/** The `timeout` of a request, in ms. */
export function timeoutOf(timeout: unknown): number {
  return timeout === undefined || timeout === null ? DEFAULT_TIMEOUT_MS : toNumber(timeout);
}

const DEFAULT_TIMEOUT_MS = 5000;

/** Compares entries by their topics, as kafkajs sorts answers: the first error that it throws depends on it. */
export function byTopic(a: { readonly name: string | null }, b: { readonly name: string | null }): number {
  return (a.name ?? "").localeCompare(b.name ?? "");
}
