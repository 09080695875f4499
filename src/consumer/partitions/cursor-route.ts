import { PreferredReplica } from "./preferred-replica.ts";

/** What fetches for a cursor (`C`), as the cursor knows it. */
export interface CursorSource<C> {
  readonly nodeId: number;
  /** Whether a request of its is under way. */
  readonly isAsking: boolean;
  /** Something of the cursor changed: look at it before the next fetch. */
  touch(cursor: C): void;
  /** There may be something to fetch. */
  kick(): void;
}

/** From which broker a partition is read, and which one is being asked for it. */
export class CursorRoute<C> {
  /** The replica that the leader named to read from (KIP-392). */
  readonly replica: PreferredReplica = new PreferredReplica();
  #source: CursorSource<C> | undefined;
  #askedBy: CursorSource<C> | undefined;
  #checkedEpoch = -1;

  /** What fetches it; undefined while no broker is known that has it. */
  get source(): CursorSource<C> | undefined {
    return this.#source;
  }

  /** Another source fetches it from now on, or none. */
  lead(source: CursorSource<C> | undefined): void {
    this.#source = source;
  }

  /** This source asks for it from now on, also while it belongs to another one by then. */
  askedBy(source: CursorSource<C>): void {
    this.#askedBy = source;
  }

  /** The source asks for it no more. */
  notAskedBy(source: CursorSource<C>): void {
    if (this.#askedBy === source) this.#askedBy = undefined;
  }

  /** Whether a request of another source is under way that asks for it. */
  isAskedElsewhere(source: CursorSource<C>): boolean {
    return this.#askedBy !== undefined && this.#askedBy !== source && this.#askedBy.isAsking;
  }

  /**
   * The epoch of the leader that last answered for the position, where fetches do not say in which epoch it lies; −1
   * for none.
   */
  get checkedEpoch(): number {
    return this.#checkedEpoch;
  }

  /** The leader of this epoch has, or has not, another log: it was asked. */
  confirm(leaderEpoch: number): void {
    this.#checkedEpoch = Math.max(this.#checkedEpoch, leaderEpoch);
  }
}
