import { ENDLESS, RENEWAL_PAUSE_MS, type Session } from "./connection-state.ts";

/** An authentication that succeeded. */
export interface Authenticated {
  /** The session's length as the broker states it, in ms. 0 means that it does not end. */
  readonly lifetimeMs: number;
  /** When the last token was sent: monotonic ms. The broker begins to count later. */
  readonly startedMs: number;
}

/**
 * The session after an authentication. It is renewed at a random time between 85 and 95 % of its life, as in Java, so
 * that the connections of many clients do not all authenticate together. `random` is at least 0 and below 1.
 *
 * Brokers have returned a negative lifetime for a token that had already ended (KAFKA-13848). That is the shortest
 * session, not one without an end. However short a session is, the requests that waited for it are sent at once.
 */
export function sessionOf({ lifetimeMs, startedMs }: Authenticated, nowMs: number, random: number): Session {
  if (lifetimeMs === 0) return ENDLESS;
  const life = Math.max(0, lifetimeMs);
  return {
    renewAtMs: Math.max(startedMs + life * (0.85 + 0.1 * random), nowMs + RENEWAL_PAUSE_MS),
    endsAtMs: Math.max(startedMs + life, nowMs + 1),
  };
}
