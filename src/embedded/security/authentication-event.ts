/** Something that a broker observed on a connection to a listener with SASL, for checkers. */
export type AuthenticationEvent = AuthenticationOccasion & {
  readonly nodeId: number;
  /** The client's `host:port`, the same for all events of a connection. */
  readonly remote: string;
};

/** The event without its connection. */
export type AuthenticationOccasion =
  | {
      readonly kind: "request";
      /** The key of the API; undefined for a token without a request around it, as after SaslHandshake 0. */
      readonly apiKey: number | undefined;
      /** Where the connection was when the request arrived. */
      readonly phase: AuthenticationPhase;
      /** The fate of the request. A client that is right never sees anything but `served`. */
      readonly fate: "served" | "refused" | "closed";
    }
  | {
      /** The client is authenticated, for the first time or again. */
      readonly kind: "authenticated";
      readonly principal: string;
      readonly isRenewal: boolean;
      /** As the client learns it: 0 for a session without an end. */
      readonly lifetimeMs: number;
    }
  | { readonly kind: "refused"; readonly text: string };

/**
 * Before the handshake, between handshake and the end of the exchange (the first, or a repeated one), authenticated,
 * after the end of the session, or after the broker has decided to close the connection.
 */
export type AuthenticationPhase =
  "unauthenticated" | "exchanging" | "re-exchanging" | "authenticated" | "expired" | "over";

/** Gets the events of all brokers. */
export type AuthenticationObserver = (event: AuthenticationEvent) => void;
