import type { AppliedQuota } from "./client-quotas.ts";
import { IdleEntries } from "./idle-entries.ts";
import { TokenBucket } from "./token-bucket.ts";

/** The use of `controller_mutation_rate` by clients. One controller counts for the whole cluster. */
export type MutationBuckets = IdleEntries<TokenBucket>;

/** The buckets of a new cluster. */
export function mutationBuckets(): MutationBuckets {
  return new IdleEntries(() => new TokenBucket());
}

/**
 * The quota of one request that creates or deletes partitions (KIP-599). A strict one refuses topics while the client
 * has a debt: the request must have a version whose clients know THROTTLING_QUOTA_EXCEEDED. The other one only
 * throttles the client afterwards.
 */
export class MutationQuota {
  readonly #bucket: TokenBucket | undefined;
  readonly #limit: number;
  readonly #isStrict: boolean;
  readonly #nowMs: number;
  #throttleMs = 0;

  /** `quota` is undefined for a client without one. */
  constructor(quota: AppliedQuota | undefined, buckets: MutationBuckets, isStrict: boolean, nowMs: number) {
    this.#bucket = quota === undefined ? undefined : buckets.of(quota.sharedBy, nowMs);
    this.#limit = quota?.limit ?? 0;
    this.#isStrict = isStrict;
    this.#nowMs = nowMs;
  }

  /** Takes the tokens of a topic's partitions. Returns false if the topic must be refused. */
  take(partitions: number): boolean {
    const bucket = this.#bucket;
    if (bucket === undefined) return true;
    if (this.#isStrict) {
      this.#throttleMs = bucket.throttleMs(this.#limit, this.#nowMs);
      if (this.#throttleMs > 0) return false;
      bucket.take(partitions, this.#limit, this.#nowMs);
      return true;
    }
    bucket.take(partitions, this.#limit, this.#nowMs);
    this.#throttleMs = bucket.throttleMs(this.#limit, this.#nowMs);
    return true;
  }

  /** For how long the client is throttled, in ms. */
  get throttleMs(): number {
    return this.#throttleMs;
  }
}
