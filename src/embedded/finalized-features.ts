import { type EmbeddedClusterOptions, type TransactionVersion, checkTransactionVersion } from "./options.ts";

/** The finalised features of a cluster, and an epoch that rises with each change of them. */
export class FinalizedFeatures {
  readonly groupVersion: number;
  #transactionVersion: TransactionVersion;
  #epoch = 1;

  constructor({ transactionVersion = 2, groupVersion = 1 }: EmbeddedClusterOptions) {
    this.#transactionVersion = transactionVersion;
    this.groupVersion = groupVersion;
  }

  get transactionVersion(): TransactionVersion {
    return this.#transactionVersion;
  }

  get epoch(): number {
    return this.#epoch;
  }

  setTransactionVersion(level: TransactionVersion): void {
    checkTransactionVersion(level, "setTransactionVersion: transactionVersion");
    this.#transactionVersion = level;
    this.#epoch++;
  }
}
