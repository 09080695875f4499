import type { KafkaError } from "../errors/kafka-error.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";

/**
 * A SASL mechanism: one of Odradek's, or your own. One object serves all connections of a client; each authentication,
 * also a repeated one on the same connection, is an exchange of its own.
 */
export interface SaslMechanism {
  /** The name that the broker knows, for example `SCRAM-SHA-256`. */
  readonly name: string;
  /** Begins one authentication. It does nothing until {@link SaslExchange.begin} is called. */
  exchange(broker: SaslBroker): SaslExchange;
}

/** The broker that an exchange authenticates to. */
export interface SaslBroker {
  /** The host's name, as it was connected to. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /**
   * Call it with the error of each attempt that `begin` repeats: log lines and the errors of calls then say why they
   * wait. Absent if there is no log to write to.
   */
  readonly onRetry?: ((error: KafkaError) => void) | undefined;
}

/**
 * One authentication. It does no I/O: the connection sends its bytes and passes the broker's to it. It returns
 * promises only where it must wait, for cryptography, a token or a function of the user.
 */
export interface SaslExchange {
  /**
   * The user that it authenticates, known once `begin` has returned its bytes. A connection cannot change its user, so
   * a re-authentication as another one needs a new connection. Undefined if only the broker knows it.
   */
  readonly principal: string | undefined;
  /**
   * The first bytes. Called once, before SaslHandshake is sent, because nothing else may be sent between it and these
   * bytes. Throws a KafkaError if there is no user, password or token. The signal fires when the connection is not
   * needed any more.
   */
  begin(nowMs: number, signal?: AbortSignalLike): Uint8Array | PromiseLike<Uint8Array>;
  /** Continues after an answer of the broker without an error. */
  next(challenge: Uint8Array): SaslStep | PromiseLike<SaslStep>;
  /**
   * The error to report when the broker refused the exchange with an error code and this text. Without it, the
   * connection reports the text as it is.
   */
  refused?(brokerText: string): KafkaError;
}

/**
 * The reaction to an answer of the broker: send these bytes, or the user is authenticated, or the exchange failed.
 * `bytes` of a failure are sent before the connection is closed.
 */
export type SaslStep =
  | {
      /** Which step it is. */
      readonly kind: "send";
      /** The bytes of the next token. */
      readonly bytes: Uint8Array;
    }
  | {
      /** Which step it is. */
      readonly kind: "done";
    }
  | {
      /** Which step it is. */
      readonly kind: "failed";
      /** The error that the calls which wait for this connection reject with. */
      readonly error: KafkaError;
      /** The bytes to send before the connection is closed. Default: none. */
      readonly bytes?: Uint8Array;
    };

/** The step that ends an exchange well. */
export const DONE: SaslStep = { kind: "done" };
