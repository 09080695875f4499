/** The state of a transaction at its coordinator. Java: `TransactionState`. */
export type TransactionState =
  | "Ongoing"
  | "PrepareAbort"
  | "PrepareCommit"
  | "CompleteAbort"
  | "CompleteCommit"
  | "Empty"
  | "PrepareEpochFence"
  | "Unknown";

export const STATES: readonly Exclude<TransactionState, "Unknown">[] = [
  "Ongoing",
  "PrepareAbort",
  "PrepareCommit",
  "CompleteAbort",
  "CompleteCommit",
  "Empty",
  "PrepareEpochFence",
];

/** `Unknown`: one of a newer Kafka. */
export function transactionStateOf(word: string): TransactionState {
  return STATES.find((state) => state === word) ?? "Unknown";
}
