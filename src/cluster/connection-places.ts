/** A connection that counts towards `maxConnections`, as {@link nextStep} sees it. Times are monotonic ms. */
export interface PlaceState {
  /** When the connection was opened; undefined while it is being opened. */
  readonly openedMs: number | undefined;
  /** Since when no request is in flight; undefined if one is. */
  readonly idleSinceMs: number | undefined;
  /** Whether it has answered a request since it was opened. */
  readonly wasUsed: boolean;
  /** Since when it takes no more requests; undefined if it takes them. */
  readonly drainingSinceMs: number | undefined;
  /** Whether all requests in flight are fetches, which lose nothing if the connection is closed. */
  readonly onlyFetches: boolean;
  /** Whether it waits for a group, which can take minutes, or renews its session. */
  readonly isPinned: boolean;
}

/** The next action for the callers that wait for a place. `at` is an index in the list of places. */
export type Step =
  | { readonly do: "open" }
  /** Close it: it is idle, or has nothing but fetches in flight and was asked to end long ago. */
  | { readonly do: "close"; readonly at: number }
  /** Send no more requests on it, and close it after the last response. */
  | { readonly do: "drain"; readonly at: number }
  /** Ask again when a connection becomes idle or closes, and after `ms`. */
  | { readonly do: "wait"; readonly ms: number };

/**
 * A busy connection keeps its place for this long, so that a handshake is worth its cost, and a new connection is not
 * closed before its first request.
 */
export const TENURE_MS = 200;
/** After this time a fetch is not waited for: the option `fetchMaxWaitMs` of a consumer may be minutes. */
export const DRAIN_FETCH_MS = 1000;

/** The next step when `waiting` callers (at least one) need a place of at most `max`. */
export function nextStep(places: readonly PlaceState[], max: number, waiting: number, nowMs: number): Step {
  if (places.length < max) return { do: "open" };
  const idle = best(places, (place) => (mayClose(place, nowMs) ? place.idleSinceMs : undefined));
  if (idle !== undefined) return { do: "close", at: idle };
  const late = best(places, (place) => (isLate(place, nowMs) ? place.drainingSinceMs : undefined));
  if (late !== undefined) return { do: "close", at: late };
  const draining = places.filter(({ drainingSinceMs }) => drainingSinceMs !== undefined).length;
  if (draining < waiting) {
    const oldest = best(places, (place) => (mayDrain(place, nowMs) ? place.openedMs : undefined));
    if (oldest !== undefined) return { do: "drain", at: oldest };
  }
  return { do: "wait", ms: Math.min(...places.map((place) => changesInMs(place, nowMs)), DRAIN_FETCH_MS) };
}

function mayClose({ openedMs, idleSinceMs, wasUsed }: PlaceState, nowMs: number): boolean {
  return openedMs !== undefined && idleSinceMs !== undefined && (wasUsed || nowMs - openedMs >= TENURE_MS);
}

function isLate({ drainingSinceMs, onlyFetches }: PlaceState, nowMs: number): boolean {
  return drainingSinceMs !== undefined && onlyFetches && nowMs - drainingSinceMs >= DRAIN_FETCH_MS;
}

function mayDrain({ openedMs, drainingSinceMs, isPinned }: PlaceState, nowMs: number): boolean {
  return drainingSinceMs === undefined && !isPinned && openedMs !== undefined && nowMs - openedMs >= TENURE_MS;
}

/** In how many ms a place may be treated otherwise, if nothing happens to its connection. */
function changesInMs({ openedMs, drainingSinceMs }: PlaceState, nowMs: number): number {
  const atMs =
    drainingSinceMs !== undefined
      ? drainingSinceMs + DRAIN_FETCH_MS
      : openedMs !== undefined
        ? openedMs + TENURE_MS
        : nowMs;
  return atMs > nowMs ? atMs - nowMs : DRAIN_FETCH_MS;
}

/** The index of the place with the lowest value; those without one are left out. */
function best(places: readonly PlaceState[], value: (place: PlaceState) => number | undefined): number | undefined {
  let found: { readonly at: number; readonly value: number } | undefined;
  for (const [at, place] of places.entries()) {
    const own = value(place);
    if (own !== undefined && (found === undefined || own < found.value)) found = { at, value: own };
  }
  return found?.at;
}
