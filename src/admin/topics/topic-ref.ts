import { either, is, name, shape } from "../../errors/shape.ts";
import type { Check } from "../../errors/shape.ts";

/** A topic by its name, or by its id: `"orders"`, `{ topicId: "Zm9v…" }`. Java: `TopicCollection`. */
export type TopicRef = string | TopicById;

/** A topic by its id. */
export interface TopicById {
  /** The topic id: URL-safe base64 without padding, 22 characters, as Kafka prints it. */
  readonly topicId: string;
}

/** 16 bytes in base64url, as Kafka prints ids. */
const ID = is(
  "a topic id, 22 characters of base64url",
  (value) => typeof value === "string" && /^[\w-]{22}$/.test(value),
);

/** Accepts a {@link TopicRef}. */
export const topicRef: Check = either(
  'a name, or an id as { topicId: "…" }',
  name,
  shape({ topicId: ID }, { needs: ["topicId"], noun: "field" }),
);

/** Equal for equal references. */
export function idOfRef(ref: TopicRef): string {
  return typeof ref === "string" ? `name ${ref}` : `id ${ref.topicId}`;
}

/** For error texts: `topic orders`, `the topic with id Zm9v…`. */
export function refInText(ref: TopicRef): string {
  return typeof ref === "string" ? `topic ${ref}` : `the topic with id ${ref.topicId}`;
}

/** A copy, which the caller cannot change; each topic once. */
export function ownRefs(refs: readonly TopicRef[]): readonly TopicRef[] {
  const own = refs.map((ref): TopicRef => (typeof ref === "string" ? ref : { topicId: ref.topicId }));
  return [...new Map(own.map((ref) => [idOfRef(ref), ref])).values()];
}

/** The details of an error about the topic. */
export function topicOf(ref: TopicRef): { readonly topic?: string } {
  return typeof ref === "string" ? { topic: ref } : {};
}
