import type { AuthenticationEvent, HistoryEvent, RequestEvent, ResponseEvent } from "../history.ts";
import { type Checker, type Violation, groupBy } from "./violation.ts";

type OnConnection = RequestEvent | ResponseEvent | AuthenticationEvent;

const SASL_HANDSHAKE = 17;
const API_VERSIONS = 18;
const SASL_AUTHENTICATE = 36;
/** If a session is so short that it ends before its login does, the requests that have waited are still sent. */
const GRACE_MS = 1;
/** The least time between two logins of a connection. */
const LEAST_GAP_MS = 1000;
/** No request times out earlier. */
const LEAST_TIMEOUT_MS = 500;

/**
 * N6: before the login only ApiVersions and SASL are sent, between SaslHandshake and the last token of each login only
 * SASL, and after the end of a session only a new login. A broker may get a request too late that was sent in time.
 */
export const nothingIsSentWithoutLogin: Checker = (history) =>
  securedConnections(history).flatMap((events): Violation[] => {
    const login = new LoginState();
    return events.flatMap((event): Violation[] => {
      const wrong = wrongWith(login, event);
      login.add(event);
      return wrong === undefined ? [] : [violation("N6", event, wrong)];
    });
  });

/**
 * N7: the requests that wait for a login are sent after it, all of them and in the order of the calls, which is that of
 * their correlation ids. A request may be missing only if it can have waited for longer than its timeout.
 */
export const waitingRequestsAreSent: Checker = (history) =>
  securedConnections(history).flatMap((events): Violation[] => {
    const violations: Violation[] = [];
    const login = new LoginState();
    const sent = new Set<number>();
    let last = 0;
    for (const event of events) {
      login.add(event);
      if (event.type !== "request") continue;
      const { correlationId: id, apiKey } = event;
      sent.add(id);
      if (isSasl(apiKey)) continue;
      if (id < last)
        violations.push(violation("N7", event, `request ${id} was sent after request ${last}, which came later`));
      const longestWaitMs = login.longestWaitMs(event.atMs);
      for (let missing = last + 1; missing < id && longestWaitMs < LEAST_TIMEOUT_MS; missing++)
        if (!sent.has(missing))
          violations.push(violation("N7", event, `request ${missing}, which came before request ${id}, was not sent`));
      last = Math.max(last, id);
    }
    return violations;
  });

/** N2: a connection does not log in twice within a second, which brokers refuse. */
export const loginsArePaced: Checker = (history) =>
  securedConnections(history).flatMap((events): Violation[] => {
    let beforeMs = Number.NEGATIVE_INFINITY;
    return events.flatMap((event): Violation[] => {
      if (event.type !== "request" || event.apiKey !== SASL_HANDSHAKE) return [];
      const gapMs = event.atMs - beforeMs;
      beforeMs = event.atMs;
      return gapMs >= LEAST_GAP_MS ? [] : [violation("N2", event, `it logs in again after ${gapMs} ms`)];
    });
  });

/** The checks of logins. */
export const authenticationCheckers: readonly Checker[] = [
  nothingIsSentWithoutLogin,
  waitingRequestsAreSent,
  loginsArePaced,
];

/** The login of one connection, as far as its client can know it. */
class LoginState {
  /** Whether a login has succeeded. */
  isIn = false;
  /** Whether SaslHandshake was sent, and the response to the last token has not arrived. */
  isExchanging = false;
  /** When the session ends, in ms. */
  endMs = Number.POSITIVE_INFINITY;
  #accepted: AuthenticationEvent | undefined;
  #token = -1;
  /** Since when requests may wait for the login, in ms. */
  #waitingSinceMs = 0;
  #longestWaitMs = 0;
  /** When the first request after the login was sent, in ms; those that have waited with it are sent at that time. */
  #sentAtMs: number | undefined;

  add(event: OnConnection): void {
    if (event.type === "authentication") {
      if (event.what === "accepted" || event.what === "renewed") this.#accepted = event;
    } else if (event.type === "response") this.#responded(event);
    else if (event.apiKey === SASL_AUTHENTICATE) this.#token = event.correlationId;
    else if (event.apiKey === SASL_HANDSHAKE) {
      this.isExchanging = true;
      this.#accepted = undefined;
      this.#waitingSinceMs = Math.min(event.atMs, this.endMs);
    }
  }

  /** The longest time for which requests can have waited that are missing before one that is sent now. */
  longestWaitMs(nowMs: number): number {
    this.#sentAtMs ??= nowMs;
    if (nowMs > this.#sentAtMs) this.#longestWaitMs = 0;
    return this.#longestWaitMs;
  }

  #responded({ correlationId, atMs }: ResponseEvent): void {
    const accepted = this.#accepted;
    if (!this.isExchanging || accepted === undefined || correlationId !== this.#token) return;
    const { lifetimeMs = 0 } = accepted;
    this.endMs = lifetimeMs === 0 ? Number.POSITIVE_INFINITY : Math.max(accepted.atMs + lifetimeMs, atMs + GRACE_MS);
    this.isIn = true;
    this.isExchanging = false;
    this.#longestWaitMs = Math.max(this.#longestWaitMs, atMs - this.#waitingSinceMs);
    this.#sentAtMs = undefined;
  }
}

function wrongWith(login: LoginState, event: OnConnection): string | undefined {
  if (event.type === "response") return undefined;
  const { apiKey } = event;
  if (event.type === "authentication")
    return event.what === "not-served" && event.phase !== "expired"
      ? `API ${apiKey ?? -1} reached its broker, which could not serve it in this state: ${event.phase ?? ""}`
      : undefined;
  if (apiKey === SASL_HANDSHAKE) return undefined;
  if (apiKey === SASL_AUTHENTICATE) return login.isExchanging ? undefined : "a token was sent without SaslHandshake";
  if (login.isExchanging) return `API ${apiKey ?? -1} was sent between SaslHandshake and the last token`;
  if (!login.isIn) return apiKey === API_VERSIONS ? undefined : `API ${apiKey ?? -1} was sent before the login`;
  const lateMs = event.atMs - login.endMs;
  return lateMs > 0 ? `API ${apiKey ?? -1} was sent ${lateMs} ms after the end of the session` : undefined;
}

/** The events of each connection; none if no broker has SASL. */
function securedConnections(history: readonly HistoryEvent[]): readonly (readonly OnConnection[])[] {
  if (!history.some(({ type }) => type === "authentication")) return [];
  const events = history.filter(
    (event): event is OnConnection =>
      event.type === "request" || event.type === "response" || event.type === "authentication",
  );
  return [...groupBy(events, ({ connection }) => String(connection)).values()];
}

function isSasl(apiKey: number): boolean {
  return apiKey === SASL_HANDSHAKE || apiKey === SASL_AUTHENTICATE;
}

function violation(invariant: string, { atMs, node, connection }: OnConnection, what: string): Violation {
  return { invariant, atMs, message: `connection ${connection} of ${node}: ${what}` };
}
