import type { KafkaError } from "../../errors/kafka-error.ts";
import { PreferredReplica } from "./preferred-replica.ts";

/** Fetches from a broker have failed since the last one that succeeded. */
export interface SourceFailure {
  /** When the first of them began (monotonic ms). */
  readonly sinceMs: number;
  /** The last error. */
  readonly error: KafkaError;
}

/** The source that fetches for a cursor (`C`), as the cursor knows it. */
export interface CursorSource<C> {
  readonly nodeId: number;
  /** Whether it has a request in flight. */
  readonly isAsking: boolean;
  /** Set while its fetches fail. */
  readonly failure: SourceFailure | undefined;
  /** Reports that the cursor has changed: the source looks at it before the next fetch. */
  touch(cursor: C): void;
  /** Makes the source look for something to fetch. */
  kick(): void;
}

/** The broker that a partition is read from, and the broker that has a fetch for it in flight. */
export class CursorRoute<C> {
  /** The replica that the leader named to read from (KIP-392). */
  readonly replica: PreferredReplica = new PreferredReplica();
  #source: CursorSource<C> | undefined;
  #askedBy: CursorSource<C> | undefined;
  #checkedEpoch = -1;

  /** The source that fetches it; undefined while no broker to read from is known. */
  get source(): CursorSource<C> | undefined {
    return this.#source;
  }

  /** Another source fetches it from now on, or none. */
  lead(source: CursorSource<C> | undefined): void {
    this.#source = source;
  }

  /** The partition is in this source's next request, and stays so after it was assigned to another source. */
  askedBy(source: CursorSource<C>): void {
    this.#askedBy = source;
  }

  /** The partition is no longer in this source's requests. */
  notAskedBy(source: CursorSource<C>): void {
    if (this.#askedBy === source) this.#askedBy = undefined;
  }

  /** Whether another source has a request in flight that fetches it. */
  isAskedElsewhere(source: CursorSource<C>): boolean {
    return this.#askedBy !== undefined && this.#askedBy !== source && this.#askedBy.isAsking;
  }

  /**
   * The epoch of the leader that last confirmed the position, for brokers whose fetches have no field for its epoch; −1
   * for none.
   */
  get checkedEpoch(): number {
    return this.#checkedEpoch;
  }

  /** The leader of this epoch was asked whether its log differs. */
  confirm(leaderEpoch: number): void {
    this.#checkedEpoch = Math.max(this.#checkedEpoch, leaderEpoch);
  }
}
