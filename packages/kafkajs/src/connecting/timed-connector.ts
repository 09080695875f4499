import type { AbortSignalLike, Connector } from "odradek";
import { KafkaJSConnectionError } from "../errors/connection-errors.ts";
import type { Host } from "../host.ts";
import { Pause } from "../host-time.ts";

/**
 * A connector that gives each connection `connectionTimeout` ms to open, TLS included, as kafkajs does: Odradek's own
 * limit also covers the login, which may wait for a token.
 */
export function timedConnector(
  host: Pick<Host, "runtime" | "clock" | "KafkaError">,
  connector: Connector,
  connectionTimeout: number,
): Connector {
  return {
    ...(connector.tlsOptions === undefined ? {} : { tlsOptions: connector.tlsOptions }),
    ...(connector.checkTls === undefined ? {} : { checkTls: connector.checkTls.bind(connector) }),
    ...(connector.resolve === undefined ? {} : { resolve: connector.resolve.bind(connector) }),
    connect: async (target, sink, { signal }) => {
      const limit = new TimeLimit(signal);
      const pause = new Pause(host, connectionTimeout);
      void pause.done.then(() => limit.expire());
      try {
        return await connector.connect(target, sink, { signal: limit });
      } catch (error) {
        if (!limit.hasExpired) throw error;
        const cause = new KafkaJSConnectionError("Connection timeout", { broker: `${target.host}:${target.port}` });
        throw new host.KafkaError("connection", "Connection timeout", { cause, retriable: true });
      } finally {
        limit.end();
        pause.end();
      }
    },
  };
}

/** A signal that fires with the one that it follows, or when a time is over. */
class TimeLimit implements AbortSignalLike {
  readonly #followed: AbortSignalLike | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #follow = (): void => this.#fire();
  /** Whether the time was over before {@link end}. */
  hasExpired = false;
  #hasEnded = false;

  constructor(followed: AbortSignalLike | undefined) {
    this.#followed = followed;
    followed?.addEventListener("abort", this.#follow);
  }

  get aborted(): boolean {
    return this.hasExpired || this.#followed?.aborted === true;
  }

  get reason(): unknown {
    return this.#followed?.reason;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  expire(): void {
    if (this.#hasEnded) return;
    this.hasExpired = true;
    this.#fire();
  }

  /** The connection is open, or has failed. */
  end(): void {
    this.#hasEnded = true;
    this.#followed?.removeEventListener("abort", this.#follow);
  }

  #fire(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
