import * as ErrorCode from "../../errors/error-code.ts";

/**
 * The authentication of one connection:
 *
 * - `open`: the listener has no SASL; everybody may send everything;
 * - `new`: nothing was sent; ApiVersions and SaslHandshake may be;
 * - `versions-sent`: ApiVersions was answered; only SaslHandshake may follow;
 * - `exchanging`: between the handshake and the end of the exchange, first or repeated; only tokens may be sent;
 * - `other-mechanism`: a re-authentication named another mechanism; the next message ends the connection;
 * - `authenticated`: requests are served until the session ends;
 * - `closed`: nothing is served any more.
 */
export type AuthState =
  | { readonly kind: "open" }
  | { readonly kind: "new" }
  | { readonly kind: "versions-sent" }
  | Exchanging
  | { readonly kind: "other-mechanism" }
  | { readonly kind: "authenticated"; readonly session: Session }
  | { readonly kind: "closed" };

/** The state between the handshake and the end of the exchange. */
interface Exchanging {
  readonly kind: "exchanging";
  readonly mechanism: string;
  /** Whether tokens come without a request around them, as after SaslHandshake 0. */
  readonly isBare: boolean;
  readonly startedMs: number;
  /** The session that a re-authentication renews. */
  readonly session?: Session;
}

/** An authenticated client, until the session ends. */
export interface Session {
  readonly mechanism: string;
  /** For example `User:alice`. */
  readonly principal: string;
  /** Whether the client used a delegation token. */
  readonly isDelegated: boolean;
  /** When the first request that is not a handshake is refused, in monotonic ms; undefined: never. */
  readonly endMs: number | undefined;
  /** When the last re-authentication began; undefined if there was none. */
  readonly renewalMs: number | undefined;
}

/** Something that happened on the connection. */
export type AuthEvent =
  /** A request arrived. */
  | { readonly kind: "arrived"; readonly apiKey: number }
  /** ApiVersions was answered without an error. */
  | { readonly kind: "versions" }
  | { readonly kind: "handshake"; readonly version: number; readonly mechanism: string }
  /** The exchange has verified the client. `leftMs` is the rest of its credential's life. */
  | {
      readonly kind: "accepted";
      readonly principal: string;
      readonly leftMs: number | undefined;
      readonly isDelegated: boolean;
    }
  /** The exchange has refused the client, perhaps with a text for it. */
  | { readonly kind: "refused"; readonly text: string | undefined };

/** The reaction of the broker. */
export type AuthAction =
  | { readonly kind: "serve" }
  /** Answer the request with ILLEGAL_SASL_STATE in its own response, then close the connection. */
  | { readonly kind: "refuse" }
  | { readonly kind: "close" }
  /** Answer the handshake. If the new state is `closed`, the connection is closed afterwards. */
  | { readonly kind: "handshake"; readonly errorCode: number; readonly mechanisms: readonly string[] }
  | { readonly kind: "accept"; readonly lifetimeMs: number }
  | { readonly kind: "reject"; readonly text: string };

/** The settings of the listener. */
export interface AuthRules {
  readonly mechanisms: readonly string[];
  /** The longest session; 0 without a limit. */
  readonly sessionLifetimeMs: number;
}

/** The new state, and the action that belongs to it. */
export interface AuthTransition {
  readonly state: AuthState;
  readonly action: AuthAction;
}

const API_VERSIONS = 18;
const SASL_HANDSHAKE = 17;
const SASL_AUTHENTICATE = 36;
/** A connection may not be authenticated again before this time has passed since it last was. */
const LEAST_RENEWAL_MS = 1000;

const CLOSED: AuthState = { kind: "closed" };

/** The reaction of a broker to an event, as strict as Kafka's. `nowMs` is monotonic. */
export function transition(state: AuthState, event: AuthEvent, rules: AuthRules, nowMs: number): AuthTransition {
  switch (event.kind) {
    case "arrived":
      return arrived(state, event.apiKey, nowMs);
    case "versions":
      return { state: state.kind === "new" ? { kind: "versions-sent" } : state, action: { kind: "serve" } };
    case "handshake":
      return handshake(state, event.version, event.mechanism, rules, nowMs);
    case "accepted":
      return accepted(state, event, rules, nowMs);
    case "refused":
      return { state: CLOSED, action: { kind: "reject", text: event.text ?? refusedText(state) } };
  }
}

function arrived(state: AuthState, apiKey: number, nowMs: number): AuthTransition {
  const serve: AuthTransition = { state, action: { kind: "serve" } };
  const close: AuthTransition = { state: CLOSED, action: { kind: "close" } };
  switch (state.kind) {
    case "open":
      return serve;
    case "new":
      return apiKey === API_VERSIONS || apiKey === SASL_HANDSHAKE ? serve : close;
    case "versions-sent":
      return apiKey === SASL_HANDSHAKE ? serve : close;
    case "exchanging":
      return apiKey === SASL_AUTHENTICATE ? serve : { state: CLOSED, action: { kind: "refuse" } };
    case "authenticated":
      return (apiKey === SASL_HANDSHAKE && mayRenew(state.session, nowMs)) || !isOver(state.session, nowMs)
        ? serve
        : close;
    case "other-mechanism":
    case "closed":
      return close;
  }
}

function handshake(
  state: AuthState,
  version: number,
  mechanism: string,
  { mechanisms }: AuthRules,
  nowMs: number,
): AuthTransition {
  const answer = (state: AuthState, errorCode: number, listed: readonly string[]): AuthTransition => ({
    state,
    action: { kind: "handshake", errorCode, mechanisms: listed },
  });
  const session = state.kind === "authenticated" ? state.session : undefined;
  const isExpected = state.kind === "new" || state.kind === "versions-sent";
  if (!isExpected && (session === undefined || !mayRenew(session, nowMs)))
    return answer(state, ErrorCode.ILLEGAL_SASL_STATE, []);
  if (!mechanisms.includes(mechanism)) return answer(CLOSED, ErrorCode.UNSUPPORTED_SASL_MECHANISM, mechanisms);
  if (session !== undefined && session.mechanism !== mechanism)
    return answer({ kind: "other-mechanism" }, ErrorCode.NONE, mechanisms);
  const exchanging = { kind: "exchanging", mechanism, isBare: version === 0, startedMs: nowMs } as const;
  return answer(session === undefined ? exchanging : { ...exchanging, session }, ErrorCode.NONE, mechanisms);
}

function accepted(
  state: AuthState,
  { principal, leftMs, isDelegated }: Extract<AuthEvent, { kind: "accepted" }>,
  { sessionLifetimeMs }: AuthRules,
  nowMs: number,
): AuthTransition {
  if (state.kind !== "exchanging") return { state: CLOSED, action: { kind: "close" } };
  const { mechanism, session: former, startedMs } = state;
  if (former !== undefined && former.principal !== principal) {
    const [from, to] = [former.principal, principal].map((name) => name.replace(":", "."));
    const text = `Cannot change principals during re-authentication from ${from}: ${to}`;
    return { state: CLOSED, action: { kind: "reject", text } };
  }
  const limits = [leftMs, sessionLifetimeMs === 0 ? undefined : sessionLifetimeMs].filter((ms) => ms !== undefined);
  // A credential that is over already must not give a session without an end (KAFKA-13848).
  const lifetimeMs = limits.length === 0 ? undefined : Math.max(0, Math.floor(Math.min(...limits)));
  const session: Session = {
    mechanism,
    principal,
    isDelegated,
    endMs: lifetimeMs === undefined ? undefined : nowMs + lifetimeMs,
    renewalMs: former === undefined ? undefined : startedMs,
  };
  return { state: { kind: "authenticated", session }, action: { kind: "accept", lifetimeMs: lifetimeMs ?? 0 } };
}

/** Kafka's text for a client that must not learn the reason. */
function refusedText(state: AuthState): string {
  if (state.kind !== "exchanging") return "Authentication failed";
  const during = state.session === undefined ? "authentication" : "re-authentication";
  return `Authentication failed during ${during} due to invalid credentials with SASL mechanism ` + state.mechanism;
}

/** A session without an end cannot be renewed. */
function mayRenew({ endMs, renewalMs }: Session, nowMs: number): boolean {
  return endMs !== undefined && (renewalMs === undefined || nowMs - renewalMs >= LEAST_RENEWAL_MS);
}

/** Whether requests other than a handshake end the connection. */
export function isOver({ endMs }: Session, nowMs: number): boolean {
  return endMs !== undefined && nowMs >= endMs;
}
