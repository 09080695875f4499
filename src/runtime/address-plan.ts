/** One resolved address of a name. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** How long to wait for an attempt before the next address is tried as well. RFC 8305: Connection Attempt Delay. */
export const ATTEMPT_DELAY_MS = 250;

/**
 * The order in which to try the addresses, each once. IPv6 and IPv4 alternate, starting with the family of the first
 * address. Within a family the resolver's order is kept.
 */
export function interleaved(addresses: readonly ResolvedAddress[]): readonly ResolvedAddress[] {
  const unique = addresses.filter(({ address }, i) => addresses.findIndex((other) => other.address === address) === i);
  const first = unique.filter(({ family }) => family === unique[0]?.family);
  const second = unique.filter(({ family }) => family !== unique[0]?.family);
  const pairs = Array.from({ length: Math.max(first.length, second.length) }, (_, i) => [first[i], second[i]]);
  return pairs.flat().filter((address) => address !== undefined);
}

/**
 * Decides when to try which address of a name (RFC 8305, "Happy Eyeballs"). The first is tried at once, each further
 * one after {@link ATTEMPT_DELAY_MS} or as soon as an attempt fails. Earlier attempts continue meanwhile: a slow one
 * may still win. The plan only decides. It starts nothing and does not wait.
 */
export class AddressPlan {
  readonly #addresses: readonly ResolvedAddress[];
  #started = 0;
  #failed = 0;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(addresses: readonly ResolvedAddress[]) {
    this.#addresses = interleaved(addresses);
  }

  /** The addresses tried so far, in order. */
  get tried(): readonly string[] {
    return this.#addresses.slice(0, this.#started).map(({ address }) => address);
  }

  /** When the next address is due; undefined if all have been tried. */
  get dueMs(): number | undefined {
    return this.#started < this.#addresses.length ? this.#nextMs : undefined;
  }

  /** Whether all addresses have been tried and have failed. */
  get isOver(): boolean {
    return this.#started === this.#addresses.length && this.#failed === this.#started;
  }

  /** The address to try now; undefined if none is due yet, or none is left. */
  next(nowMs: number): ResolvedAddress | undefined {
    if (nowMs < this.#nextMs) return undefined;
    const address = this.#addresses[this.#started];
    if (address === undefined) return undefined;
    this.#started++;
    this.#nextMs = nowMs + ATTEMPT_DELAY_MS;
    return address;
  }

  /** Reports a failed attempt: the next address is due at once. */
  failed(): void {
    this.#failed++;
    this.#nextMs = Number.NEGATIVE_INFINITY;
  }
}
