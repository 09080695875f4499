import * as ErrorCode from "../../errors/error-code.ts";
import type { LeaderResult } from "./classic-leader.ts";
import { Due } from "./due.ts";
import type { MemberHost } from "./member.ts";

/** A topic counts as deleted when metadata has not contained it for this time, in ms. */
const DELETED_AFTER_MS = 5000;

/**
 * The duties of a classic group's leader after it has divided the partitions. It starts a rebalance when a topic grows,
 * appears or is deleted, and when the owner of a withheld partition does not join again.
 */
export class LeaderWatch {
  readonly #host: MemberHost;
  readonly #rejoin: (reason: string) => void;
  /** The number of partitions of each topic when they were divided; undefined for a member that is not the leader. */
  #counts: ReadonlyMap<string, number> | undefined;
  /** In a cooperative group: the partitions that no member has yet, because their owners must give them back first. */
  #withheld = "";
  #remindedOf = "";
  /**
   * Normally the owner of a withheld partition joins again after it has given the partition back. A static owner that
   * is restarted meanwhile does not: the coordinator gives it its old assignment without a rebalance. Then the leader
   * starts one.
   */
  readonly #reminder: Due = new Due(() => {
    this.#remindedOf = this.#withheld;
    this.#rejoin("partitions were to be given back, and their owner has not joined again");
  });
  /** A divided topic that metadata does not contain any more; empty for none. */
  #missing = "";
  readonly #deletion: Due = new Due(() => this.#rejoin(`topic ${this.#missing} was deleted`));

  constructor(host: MemberHost, rejoin: (reason: string) => void) {
    this.#host = host;
    this.#rejoin = rejoin;
  }

  /** A join begins, which may make another member the leader. */
  joining(): void {
    this.close();
    this.#missing = "";
    this.#counts = undefined;
    this.#withheld = "";
  }

  divided({ counts, withheld }: LeaderResult): void {
    this.#counts = counts;
    this.#withheld = withheld;
  }

  /**
   * The group has its assignment. There is one reminder for the same withheld partitions: an assignor may have reasons
   * to leave partitions without an owner.
   */
  assigned(): void {
    if (this.#withheld === "" || this.#withheld === this.#remindedOf) return;
    const { client, group } = this.#host;
    client.deadlines.add(this.#reminder, client.clock.monotonic() + group.rebalanceTimeoutMs);
  }

  /** Compares the current metadata with the topics that were divided. */
  look(): void {
    if (this.#counts === undefined) return;
    const { topics } = this.#host.client.snapshot;
    this.#lookForDeletion(
      [...this.#counts.keys()].find((topic) => topics.get(topic)?.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
    );
    for (const [topic, count] of this.#counts) {
      const known = topics.get(topic);
      if (known !== undefined && known.errorCode === 0 && known.partitions.length !== count) {
        this.#rejoin(`topic ${topic} has ${known.partitions.length} partitions, and had ${count}`);
        return;
      }
    }
    for (const topic of this.#host.topics) {
      const known = topics.get(topic);
      if (!this.#counts.has(topic) && known?.errorCode === 0 && known.partitions.length > 0) {
        this.#rejoin(`topic ${topic} was created`);
        return;
      }
    }
  }

  close(): void {
    const { deadlines } = this.#host.client;
    deadlines.remove(this.#reminder);
    deadlines.remove(this.#deletion);
  }

  /**
   * Starts the rebalance without a missing topic after some seconds, not at once: one broker may have old metadata, and
   * the topic may be created again.
   */
  #lookForDeletion(missing = ""): void {
    if (missing === this.#missing) return;
    const { deadlines, clock } = this.#host.client;
    this.#missing = missing;
    if (missing === "") deadlines.remove(this.#deletion);
    else deadlines.add(this.#deletion, clock.monotonic() + DELETED_AFTER_MS);
  }
}
