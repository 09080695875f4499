import type { TopicPartition } from "odradek";

/** Where a topic is read from if its group has committed nothing. */
export type Beginning = "earliest" | "latest";

/** The subscribed topics, with their beginnings. */
export type Subscriptions = ReadonlyMap<string, { readonly fromBeginning: boolean }>;

/** The beginning of a topic. */
export function beginningOf(subscriptions: Subscriptions, topic: string): Beginning {
  return subscriptions.get(topic)?.fromBeginning === true ? "earliest" : "latest";
}

/** The beginning that most topics have: Odradek's consumer takes one. The others are sought, see {@link differing}. */
export function commonBeginning(subscriptions: Subscriptions): Beginning {
  let earliest = 0;
  for (const { fromBeginning } of subscriptions.values()) earliest += fromBeginning ? 1 : -1;
  return earliest > 0 ? "earliest" : "latest";
}

/** The partitions whose beginning is not the common one. */
export function differing(partitions: readonly TopicPartition[], subscriptions: Subscriptions): TopicPartition[] {
  const common = commonBeginning(subscriptions);
  return partitions.filter(({ topic }) => beginningOf(subscriptions, topic) !== common);
}
