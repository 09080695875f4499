import type { GroupOffset } from "../../cluster/group-offsets.ts";
import type { Batch } from "../../records/batch.ts";
import type { Cursor } from "./cursor.ts";

/** A batch for the application, and its partition. */
export interface Handout<K, V> {
  readonly cursor: Cursor<K, V>;
  readonly batch: Batch<K, V>;
  /** The cursor's generation when the batch was taken. If the cursor has another one, the batch is void. */
  readonly generation: number;
}

/** The records in progress: delivered and not yet processed. Only commits and revokes look at it. */
export interface Hand<K, V> {
  /** Whether the application is processing records of this partition. */
  holds(cursor: Cursor<K, V>): boolean;
  /**
   * The offset up to which everything of this partition is processed; undefined if nothing is in progress, so that this
   * is its position.
   */
  doneTo(cursor: Cursor<K, V>): number | undefined;
}

/** The interceptors of a consumer. */
export interface Intercepting<K, V> {
  /** A batch is handed to the application. */
  consumed(handout: Handout<K, V>): void;
  /** Offsets were committed. */
  committed(offsets: readonly GroupOffset[]): void;
  /** The consumer was closed. */
  closed(): void;
}

/** A loop of the application, as other files see it. */
export interface Reading<K, V> {
  readonly hand: Hand<K, V>;
  /** Whether the application waits for records: it has nothing to do. */
  readonly isAsking: boolean;
  /** Whether it calls back (`run`). */
  readonly isRun: boolean;
  /** Whether it delivers the records of this partition. */
  reads(cursor: Cursor<K, V>): boolean;
  /** Whether the application waits for a record of this partition. */
  waitsFor(cursor: Cursor<K, V>): boolean;
  /** Changes while the application makes progress. */
  progress(): number;
  /** Whether the application is processing records of this loop; callbacks that are `excused` do not count. */
  isBusy(excused: ReadonlySet<unknown>): boolean;
}
