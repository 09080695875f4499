import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { CommittedOffset, GroupMetadata } from "../../cluster/group-offsets.ts";
import type { KafkaRecord } from "../../records/record.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { Fetcher } from "../fetching/fetcher.ts";
import type { Membership } from "../group/membership.ts";
import type { Loop } from "./loop.ts";
import { RecordStream } from "./record-stream.ts";

/** A record, and the partition that it is of for as long as this member holds it. */
export interface ReadRecord<K, V> {
  readonly record: KafkaRecord<K, V>;
  readonly cursor: Cursor<K, V>;
}

/**
 * The loop of who commits positions in transactions: its wait can be interrupted, and positions go back when a
 * transaction is aborted. Nothing counts as in the application's hands: whoever reads with it lets `onRevoked` wait for
 * what it works on.
 */
export class TransactionalReader<K, V> {
  readonly client: ClusterClient;
  /** How long a rebalance waits for this member, in ms. */
  readonly rebalanceTimeoutMs: number;
  readonly #fetcher: Fetcher<K, V>;
  readonly #membership: Membership<K, V>;
  readonly #loop: Loop<K, V>;
  readonly #records: RecordStream<K, V>;

  constructor(
    fetcher: Fetcher<K, V>,
    membership: Membership<K, V>,
    loop: Loop<K, V>,
    decode: ((record: KafkaRecord<K, V>) => void) | undefined,
  ) {
    this.client = fetcher.client;
    this.rebalanceTimeoutMs = membership.group.maxPollIntervalMs;
    this.#fetcher = fetcher;
    this.#membership = membership;
    this.#loop = loop;
    this.#records = new RecordStream<K, V>(loop, decode);
    loop.hand = { holds: () => false, doneTo: () => undefined };
    loop.isBusy = () => false;
  }

  /** The consumer was closed: nothing more comes. */
  get isEnded(): boolean {
    return this.#loop.isEnded;
  }

  /** Whether the group counts this consumer among its members. */
  get isMember(): boolean {
    return this.metadata().memberId !== "";
  }

  /**
   * The next record, waited for; undefined at the end, and where the wait was interrupted. Throws what ends reading.
   */
  async next(): Promise<ReadRecord<K, V> | undefined> {
    if (this.#loop.takeInterrupt()) return undefined;
    const result = await this.#records.next();
    const { cursor } = this.#records;
    return result.done === true || cursor === undefined ? undefined : { record: result.value, cursor };
  }

  /** Ends the wait of {@link next}, or the next one. */
  interrupt(): void {
    this.#loop.interrupt();
  }

  metadata(): GroupMetadata {
    return this.#membership.metadata();
  }

  /** What is committed for these partitions, once no transaction is open over it: null for nothing. */
  committed(
    cursors: readonly Cursor<K, V>[],
    deadlineMs: number,
    signal: AbortSignalLike,
  ): Promise<readonly (CommittedOffset | null)[]> {
    return this.#membership.offsets.fetch(cursors, deadlineMs, signal);
  }

  /** Goes on at `offset` in a partition, after a record of `epoch`, unless it is gone. */
  rewind(cursor: Cursor<K, V>, offset: number, epoch?: number): void {
    if (cursor.isGone) return;
    cursor.moveTo(offset, epoch);
    this.#fetcher.handOut.changed(cursor);
  }
}
