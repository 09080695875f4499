/** One address of a name, as a resolver gives it. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** How long an attempt is alone before the next address is tried beside it. RFC 8305: Connection Attempt Delay. */
export const ATTEMPT_DELAY_MS = 250;

/**
 * The order in which addresses are tried, each once: IPv6 and IPv4 alternate, beginning with the family of the first.
 * Each family keeps the resolver's order.
 */
export function interleaved(addresses: readonly ResolvedAddress[]): readonly ResolvedAddress[] {
  const unique = addresses.filter(({ address }, i) => addresses.findIndex((other) => other.address === address) === i);
  const first = unique.filter(({ family }) => family === unique[0]?.family);
  const second = unique.filter(({ family }) => family !== unique[0]?.family);
  const pairs = Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [first[i], second[i]]);
  return pairs.flat().filter((address) => address !== undefined);
}

/**
 * Decides which address of a name is tried when (RFC 8305, "Happy Eyeballs"): the first at once, each further one after
 * {@link ATTEMPT_DELAY_MS}, or as soon as an attempt fails. An attempt goes on beside the later ones: a slow one may
 * still win. The plan itself starts nothing and waits for nothing.
 */
export class AddressPlan {
  readonly #addresses: readonly ResolvedAddress[];
  #started = 0;
  #failed = 0;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(addresses: readonly ResolvedAddress[]) {
    this.#addresses = interleaved(addresses);
  }

  /** The addresses that were tried so far, in their order. */
  get tried(): readonly string[] {
    return this.#addresses.slice(0, this.#started).map(({ address }) => address);
  }

  /** When the next address is due; undefined where each was tried. */
  get dueMs(): number | undefined {
    return this.#started < this.#addresses.length ? this.#nextMs : undefined;
  }

  /** Whether each address was tried, and failed. */
  get isOver(): boolean {
    return this.#started === this.#addresses.length && this.#failed === this.#started;
  }

  /** The address to try now; undefined where none is due yet, or none is left. */
  next(nowMs: number): ResolvedAddress | undefined {
    if (nowMs < this.#nextMs) return undefined;
    const address = this.#addresses[this.#started];
    if (address === undefined) return undefined;
    this.#started++;
    this.#nextMs = nowMs + ATTEMPT_DELAY_MS;
    return address;
  }

  /** An attempt failed: the next address is due at once. */
  failed(): void {
    this.#failed++;
    this.#nextMs = Number.NEGATIVE_INFINITY;
  }
}
