import type { ObservedClient } from "../hooks/hook-sites.ts";
import { Families, isTotal, type Series, seriesOf } from "./series.ts";
import type { Family, Labels } from "./text-format.ts";

/** The number of closed clients whose totals are kept, so that clients with ever new ids do not fill the memory. */
const MOST_CLOSED = 100;

/**
 * The labels of one client at a time, and the totals of those that had them before. A client that is closed leaves its
 * seat, with its totals, to the next one of the same kind, id and group: so a total never becomes smaller, and no two
 * clients have the same labels.
 */
interface Seat {
  readonly key: string;
  readonly kind: string;
  readonly labels: Labels;
  client: ObservedClient | undefined;
  /** The totals of the clients before. */
  kept: ReadonlyMap<string, Series>;
}

/** The seats of all clients that were added. */
export class ClientSeats {
  readonly #prefix: string;
  /** In the order in which they were last left: those that are taken stay in place. */
  readonly #seats = new Set<Seat>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Whether the client has a seat. */
  has(client: ObservedClient): boolean {
    return [...this.#seats].some((seat) => seat.client === client);
  }

  /** Gives a client a seat. Clients without counters, which admins are, need none. */
  take(client: ObservedClient): void {
    const { groupId, kind, name } = client;
    if (kind === "admin") return;
    const key = JSON.stringify([kind, name.clientId, groupId]);
    const same = [...this.#seats].filter((seat) => seat.key === key);
    const free = same.find((seat) => seat.client === undefined);
    if (free !== undefined) {
      free.client = client;
      return;
    }
    const labels = {
      client_id: name.clientId,
      client_number: String(freeNumber(same)),
      ...(groupId === undefined ? {} : { group_id: groupId }),
    };
    this.#seats.add({ key, kind, labels, client, kept: new Map() });
  }

  /** A client is closed: its totals stay. */
  leave(client: ObservedClient): void {
    const seat = [...this.#seats].find((one) => one.client === client);
    if (seat === undefined) return;
    seat.kept = new Map(this.#of(seat).flatMap((one) => (isTotal(one) ? [[keyOf(one), one] as const] : [])));
    seat.client = undefined;
    this.#seats.delete(seat);
    this.#seats.add(seat);
    const closed = [...this.#seats].filter((one) => one.client === undefined);
    for (const old of closed.slice(0, Math.max(0, closed.length - MOST_CLOSED))) this.#seats.delete(old);
  }

  /** The metrics of all seats. */
  families(): readonly Family[] {
    const families = new Families();
    for (const seat of this.#seats) for (const series of this.#of(seat)) families.add(series, seat.labels);
    return families.all();
  }

  /** The values of a seat: those of its client, with the totals of the clients before. */
  #of({ client, kept, kind }: Seat): readonly Series[] {
    const rest = new Map(kept);
    const now = seriesOf(kind, this.#prefix, client?.readings?.() ?? []).map((series) => {
      const key = keyOf(series);
      const before = rest.get(key)?.value ?? 0;
      rest.delete(key);
      return { ...series, value: series.value + before };
    });
    return [...now, ...rest.values()];
  }
}

function keyOf({ name, place, suffix }: Series): string {
  return JSON.stringify([name, suffix, place]);
}

/** The lowest number that no seat of these has. */
function freeNumber(seats: readonly Seat[]): number {
  const taken = new Set(seats.map(({ labels }) => labels["client_number"]));
  let number = 1;
  while (taken.has(String(number))) number++;
  return number;
}
