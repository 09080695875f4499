/** The broker's side of one authentication by a mechanism. It does no I/O. */
export interface ServerExchange {
  /** Reads a message of the client. Called again only after a challenge. */
  next(message: Uint8Array, nowMs: number): ServerStep | PromiseLike<ServerStep>;
}

/**
 * The reaction to a message of the client: another message is needed; or the client is who it says; or it is refused,
 * with a text for it, or without one where a text could help an attacker.
 */
export type ServerStep =
  | { readonly kind: "challenge"; readonly bytes: Uint8Array }
  | Accepted
  | { readonly kind: "refused"; readonly text?: string };

/** The end of a successful authentication. */
export interface Accepted {
  readonly kind: "accepted";
  readonly bytes: Uint8Array;
  /** The user's name. */
  readonly user: string;
  /** When the credential ends, in ms since the epoch; undefined if it has no end. */
  readonly endMs?: number | undefined;
  /** Whether the client used a delegation token: it may not create others. */
  readonly isDelegated?: boolean;
}

/** An empty message. */
export const NOTHING: Uint8Array = new Uint8Array(0);
