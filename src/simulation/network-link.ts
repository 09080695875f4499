/** How a link between two nodes behaves, in one direction. */
export interface LinkConditions {
  /** The least and the most that a segment is under way, in µs; drawn anew for each. */
  readonly latencyUs: readonly [number, number];
  /** How many bytes go through in a millisecond. Infinity: all at once. */
  readonly bytesPerMs: number;
  /** The largest piece in which bytes arrive. 1 tears everything to single bytes. */
  readonly segmentBytes: number;
}

/** A local network: a tenth of a millisecond to one, a gigabit. */
export const LOCAL_LINK: LinkConditions = { latencyUs: [100, 1000], bytesPerMs: 125_000, segmentBytes: 65_536 };

/** What holds between the nodes of a network: conditions, and which directions are blocked. */
export class LinkTable {
  readonly #default: LinkConditions;
  readonly #conditions = new Map<string, LinkConditions>();
  /** How many faults block a direction: overlapping ones are healed one by one. */
  readonly #blocks = new Map<string, number>();

  constructor(standard: LinkConditions) {
    this.#default = standard;
  }

  of(from: string, to: string): LinkConditions {
    return this.#conditions.get(key(from, to)) ?? this.#default;
  }

  /** Changes conditions of both directions; undefined makes them those of the network again. */
  set(a: string, b: string, conditions: Partial<LinkConditions> | undefined): void {
    for (const direction of [key(a, b), key(b, a)]) {
      if (conditions === undefined) this.#conditions.delete(direction);
      else this.#conditions.set(direction, { ...this.#default, ...conditions });
    }
  }

  isBlocked(from: string, to: string): boolean {
    return (this.#blocks.get(key(from, to)) ?? 0) > 0;
  }

  block(from: string, to: string): void {
    this.#blocks.set(key(from, to), (this.#blocks.get(key(from, to)) ?? 0) + 1);
  }

  unblock(from: string, to: string): void {
    this.#blocks.set(key(from, to), Math.max(0, (this.#blocks.get(key(from, to)) ?? 0) - 1));
  }

  /** Nothing is blocked, and all links are as in the beginning. */
  reset(): void {
    this.#blocks.clear();
    this.#conditions.clear();
  }
}

function key(from: string, to: string): string {
  return `${from}>${to}`;
}
