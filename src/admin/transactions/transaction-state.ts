/** The state of a transaction at its coordinator. Java: `TransactionState`. */
export type TransactionState = (typeof STATES)[number] | "Unknown";

export const STATES = [
  "Ongoing",
  "PrepareAbort",
  "PrepareCommit",
  "CompleteAbort",
  "CompleteCommit",
  "Empty",
  "PrepareEpochFence",
] as const;

/** `Unknown`: one of a newer Kafka. */
export function transactionStateOf(word: string): TransactionState {
  return STATES.find((state) => state === word) ?? "Unknown";
}
