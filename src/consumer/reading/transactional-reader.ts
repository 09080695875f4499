import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { CommittedOffset, GroupMetadata } from "../../cluster/group-offsets.ts";
import type { KafkaRecord } from "../../records/record.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { Fetcher } from "../fetching/fetcher.ts";
import type { Membership } from "../group/membership.ts";
import type { Loop } from "./loop.ts";
import { RecordStream } from "./record-stream.ts";

/** A record, and its partition while this member owns it. */
export interface ReadRecord<K, V> {
  readonly record: KafkaRecord<K, V>;
  readonly cursor: Cursor<K, V>;
}

/**
 * The loop of code that commits positions in transactions. Its wait can be interrupted, and its positions go back when
 * a transaction is aborted. It reports no records in progress: the code that reads with it makes `onRevoked` wait for
 * its work instead.
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
    this.rebalanceTimeoutMs = membership.group.rebalanceTimeoutMs;
    this.#fetcher = fetcher;
    this.#membership = membership;
    this.#loop = loop;
    this.#records = new RecordStream<K, V>(loop, decode);
    loop.hand = { holds: () => false, doneTo: () => undefined };
    loop.isBusy = () => false;
  }

  /** The consumer was closed: there are no more records. */
  get isEnded(): boolean {
    return this.#loop.isEnded;
  }

  /** Whether this consumer is a member of the group. */
  get isMember(): boolean {
    return this.metadata().memberId !== "";
  }

  /**
   * Waits for the next record. Undefined at the end, and if the wait was interrupted. Throws the error that ends
   * reading.
   */
  async next(): Promise<ReadRecord<K, V> | undefined> {
    if (this.#loop.takeInterrupt()) return undefined;
    const result = await this.#records.next();
    const { cursor } = this.#records;
    return result.done === true || cursor === undefined ? undefined : { record: result.value, cursor };
  }

  /** Ends the current or the next wait of {@link next}. */
  interrupt(): void {
    this.#loop.interrupt();
  }

  /** Runs the work on the records of one transaction. Tracing replaces this method. */
  process<T>(_records: readonly KafkaRecord<K, V>[], work: () => T): T {
    return work();
  }

  metadata(): GroupMetadata {
    return this.#membership.metadata();
  }

  /** The committed offsets of these partitions, after the end of any open transaction; null for none. */
  committed(
    cursors: readonly Cursor<K, V>[],
    deadlineMs: number,
    signal: AbortSignalLike,
  ): Promise<readonly (CommittedOffset | null)[]> {
    return this.#membership.offsets.fetch(cursors, deadlineMs, signal);
  }

  /** Moves the position to `offset`, after a record of `epoch`. Does nothing for a partition that is gone. */
  rewind(cursor: Cursor<K, V>, offset: number, epoch?: number): void {
    if (cursor.isGone) return;
    cursor.moveTo(offset, epoch);
    this.#fetcher.handOut.changed(cursor);
  }
}
