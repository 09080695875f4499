/** The properties of a link between two nodes, in one direction. */
export interface LinkConditions {
  /** The lowest and highest latency of a segment, in µs; drawn for each segment. */
  readonly latencyUs: readonly [number, number];
  /** Bytes per millisecond. Infinity: all at once. */
  readonly bytesPerMs: number;
  /** The largest piece in which bytes arrive. 1 splits everything into single bytes. */
  readonly segmentBytes: number;
}

/** A local network: latency of 0.1 to 1 ms, one gigabit per second. */
export const LOCAL_LINK: LinkConditions = { latencyUs: [100, 1000], bytesPerMs: 125_000, segmentBytes: 65_536 };

/** The state of the links between the nodes of a network: their properties, and the blocked directions. */
export class LinkTable {
  readonly #default: LinkConditions;
  readonly #conditions = new Map<string, LinkConditions>();
  /** The number of faults that block a direction: overlapping faults end one by one. */
  readonly #blocks = new Map<string, number>();

  constructor(standard: LinkConditions) {
    this.#default = standard;
  }

  of(from: string, to: string): LinkConditions {
    return this.#conditions.get(key(from, to)) ?? this.#default;
  }

  /** Changes properties in both directions; undefined restores those of the network. */
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

  /** Unblocks all directions, and restores the properties of all links. */
  reset(): void {
    this.#blocks.clear();
    this.#conditions.clear();
  }
}

function key(from: string, to: string): string {
  return `${from}>${to}`;
}
