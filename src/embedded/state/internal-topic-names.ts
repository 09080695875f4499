import type { CoordinatorKind } from "./coordinators.ts";

/** The internal topic of groups. A transaction that commits offsets includes a partition of it. */
export const OFFSETS_TOPIC = "__consumer_offsets";
/** The internal topic of transactions. */
export const TRANSACTIONS_TOPIC = "__transaction_state";
/** The internal topic of share groups, which this cluster does not have. */
const SHARE_TOPIC = "__share_group_state";

/** Whether Kafka calls a topic internal. */
export function isInternalTopic(name: string): boolean {
  return name === OFFSETS_TOPIC || name === TRANSACTIONS_TOPIC || name === SHARE_TOPIC;
}

/** The coordinators whose state Kafka keeps in a topic; undefined for all other topics. */
export function coordinatorKindOf(topic: string): CoordinatorKind | undefined {
  if (topic === OFFSETS_TOPIC) return "group";
  return topic === TRANSACTIONS_TOPIC ? "transaction" : undefined;
}
