/** Named channels of the host to which programs outside this one listen. Node, Bun, Deno: `diagnostics_channel`. */
export interface Diagnostics {
  /** The channel with this name; always the same one. */
  channel(name: string): DiagnosticChannel;
}

/** A channel of the host. */
export interface DiagnosticChannel {
  /** Whether anybody listens. It is read for each event, so it must be cheap. */
  readonly hasSubscribers: boolean;
  /** Calls the listeners, now. */
  publish(message: unknown): void;
}
