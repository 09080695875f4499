/** Named channels of the host to which programs outside this one listen. Node, Bun, Deno: `diagnostics_channel`. */
export interface Diagnostics {
  /** The channel with this name; always the same one. */
  channel(name: string): DiagnosticChannel;
  /** The five channels of a traced operation: `tracing:NAME:start`, `end`, `asyncStart`, `asyncEnd` and `error`. */
  tracing(name: string): TracingChannels;
}

/** A channel of the host. */
export interface DiagnosticChannel {
  /** Whether anybody listens. It is read for each event, so it must be cheap. */
  readonly hasSubscribers: boolean;
  /** Calls the listeners, now. */
  publish(message: unknown): void;
}

/** The channels of a traced operation. Node: `TracingChannel`. */
export interface TracingChannels {
  /** Whether anybody listens to any of them. It is read for each operation, so it must be cheap. */
  readonly hasSubscribers: boolean;
  /**
   * Publishes `start`, calls `body` in the async context that subscribers of `start` set, and publishes `end`. If
   * `body` returns a promise, `asyncStart` and `asyncEnd` follow when it has settled, and the returned promise settles
   * after them. `message.result` or `message.error` is set before; `error` comes before `end` or `asyncStart`.
   */
  trace<T>(message: { result?: unknown; error?: unknown }, body: () => T): T;
}
