import type { AuthenticationEvent, AuthenticationObserver } from "../embedded/security/authentication-event.ts";
import type { AuthenticationEvent as Recorded, HistoryEvent } from "./history.ts";

/** Records the logins of all clients, and the requests that a broker refuses because of the state of their login. */
export function authenticationLog(nowMs: () => number, record: (event: HistoryEvent) => void): AuthenticationObserver {
  return (event) => {
    const what = occasionOf(event);
    if (what === undefined) return;
    // The network's name for the client's end of a connection: the node, and the number of the connection.
    const [node = "", connection = ""] = event.remote.split("#");
    record({ type: "authentication", atMs: nowMs(), node, connection: Number(connection), ...what });
  };
}

type Occasion = Pick<Recorded, "what" | "lifetimeMs" | "apiKey" | "phase">;

function occasionOf(event: AuthenticationEvent): Occasion | undefined {
  switch (event.kind) {
    case "authenticated":
      return { what: event.isRenewal ? "renewed" : "accepted", lifetimeMs: event.lifetimeMs };
    case "refused":
      return { what: "refused" };
    case "request":
      if (event.fate === "served") return undefined;
      return { what: "not-served", apiKey: event.apiKey ?? -1, phase: PHASES[event.phase] };
  }
}

const PHASES = {
  unauthenticated: "before-login",
  exchanging: "in-login",
  "re-exchanging": "in-login",
  // A session that is not over serves everything; a handshake that comes too early is answered.
  authenticated: "expired",
  expired: "expired",
  over: "closing",
} as const;
