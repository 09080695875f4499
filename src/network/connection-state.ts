/**
 * The state of a connection:
 *
 * - `connecting`: the stream is being opened: TCP, and TLS if it is set.
 * - `negotiating`: ApiVersions is sent, and nothing else.
 * - `authenticating`: SASL is sent, and nothing else.
 * - `ready`: requests are sent, until the session must be renewed.
 * - `re-authenticating`: SASL is sent again on the same connection (KIP-368). Requests wait.
 * - `draining`: it takes no request any more, and closes after the last response.
 * - `closed`: it stays closed.
 */
export type ConnectionState =
  | { readonly name: "connecting" | "negotiating" | "authenticating" | "draining" | "closed" }
  | {
      readonly name: "ready";
      readonly session: Session;
      /** Whether the credentials for the next session are being fetched. Requests are still sent. */
      readonly isPreparing: boolean;
    }
  | {
      readonly name: "re-authenticating";
      /** The session that is being renewed. */
      readonly session: Session;
    };

/** The time for which the broker accepts requests of an authenticated connection, by the monotonic clock. */
export interface Session {
  /** When to authenticate again; infinite if the session has no end. */
  readonly renewAtMs: number;
  /** After this time the broker closes the connection at any request but a new authentication. */
  readonly endsAtMs: number;
}

/** An event of a connection. */
export type ConnectionEvent =
  /** The stream is open. */
  | { readonly name: "connected" }
  /** The broker's versions are known. */
  | { readonly name: "negotiated"; readonly needsLogin: boolean }
  /** The broker accepted the credentials. */
  | { readonly name: "authenticated"; readonly session: Session }
  /** The credentials for the next session are being fetched. */
  | { readonly name: "preparing" }
  /** They are there: SASL is sent next. */
  | { readonly name: "renewing" }
  /** The session was not renewed and goes on. The next attempt is not made before this time. */
  | { readonly name: "postponed"; readonly untilMs: number }
  /** Another connection takes over. */
  | { readonly name: "retired" }
  /** It makes room for a connection to another broker. */
  | { readonly name: "yielded" }
  | { readonly name: "closed" };

/** The state of a new connection. */
export const CONNECTING: ConnectionState = { name: "connecting" };

/** The session of a connection without authentication, or of a broker that does not limit sessions. */
export const ENDLESS: Session = { renewAtMs: Number.POSITIVE_INFINITY, endsAtMs: Number.POSITIVE_INFINITY };

/** The time between two authentications of a connection. Brokers refuse a second one within a second. */
export const RENEWAL_PAUSE_MS = 1000;

/** The legal events of each state; any other event is a bug of the client. */
export const LEGAL: Readonly<Record<ConnectionState["name"], readonly ConnectionEvent["name"][]>> = {
  connecting: ["connected", "closed"],
  negotiating: ["negotiated", "closed"],
  authenticating: ["authenticated", "closed"],
  ready: ["preparing", "renewing", "postponed", "retired", "yielded", "closed"],
  "re-authenticating": ["authenticated", "postponed", "closed"],
  draining: ["closed"],
  closed: [],
};

/**
 * Returns the next state; undefined if the event is illegal in this state. Credentials are fetched only when the
 * session must be renewed, at most once at a time; only then can SASL be sent again, or another connection take over.
 */
export function transition(state: ConnectionState, event: ConnectionEvent, nowMs: number): ConnectionState | undefined {
  if (!LEGAL[state.name].includes(event.name)) return undefined;
  switch (event.name) {
    case "connected":
      return { name: "negotiating" };
    case "negotiated":
      return event.needsLogin ? { name: "authenticating" } : ready(ENDLESS);
    case "authenticated":
      return ready(event.session);
    case "closed":
      return { name: "closed" };
    default:
      return renewed(state, event, nowMs);
  }
}

/** The events of a session that ends. */
function renewed(
  state: ConnectionState,
  event: Extract<ConnectionEvent, { readonly name: "preparing" | "renewing" | "postponed" | "retired" | "yielded" }>,
  nowMs: number,
): ConnectionState | undefined {
  if (state.name !== "ready" && state.name !== "re-authenticating") return undefined;
  const { session } = state;
  const isPreparing = state.name === "ready" && state.isPreparing;
  switch (event.name) {
    case "preparing":
      return isPreparing || nowMs < session.renewAtMs ? undefined : { name: "ready", session, isPreparing: true };
    case "renewing":
      return isPreparing ? { name: "re-authenticating", session } : undefined;
    case "postponed":
      if (state.name === "ready") return isPreparing ? ready({ ...session, renewAtMs: event.untilMs }) : undefined;
      // The broker considers the session as new, so it accepts requests.
      return ready({ renewAtMs: event.untilMs, endsAtMs: Math.max(session.endsAtMs, event.untilMs) });
    case "retired":
      return isPreparing ? { name: "draining" } : undefined;
    case "yielded":
      return state.name === "ready" && !isPreparing ? { name: "draining" } : undefined;
  }
}

function ready(session: Session): ConnectionState {
  return { name: "ready", session, isPreparing: false };
}

/** How a connection treats a request. */
export type Admission =
  | "send"
  /** It is sent when the session was renewed, in the order of arrival. */
  | "wait"
  /** The session must be renewed: send `preparing`, and ask again. */
  | "renew"
  /** This connection never sends it. */
  | "refuse";

/** Whether a request may be sent. `leavesMs` is the time at which it would leave: later than now under a throttle. */
export function admission(state: ConnectionState, nowMs: number, leavesMs: number = nowMs): Admission {
  switch (state.name) {
    case "ready":
      if (nowMs >= state.session.renewAtMs && !state.isPreparing) return "renew";
      return leavesMs < state.session.endsAtMs ? "send" : "wait";
    case "re-authenticating":
      return "wait";
    case "connecting":
    case "negotiating":
    case "authenticating":
    case "draining":
    case "closed":
      return "refuse";
  }
}

/** Whether the broker has not been authenticated yet. */
export function isOpening({ name }: ConnectionState): boolean {
  return name === "connecting" || name === "negotiating" || name === "authenticating";
}

/** Whether the connection takes requests: at once, or when its session was renewed. */
export function isUsable({ name }: ConnectionState): boolean {
  return name === "ready" || name === "re-authenticating";
}
