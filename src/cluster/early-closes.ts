import { KafkaError } from "../errors/kafka-error.ts";
import { TLS_HANG_UP } from "../runtime/tls-hang-up.ts";

/** The moments at which brokers close a connection whose options do not fit the listener. */
export type ClosePoint = "tls" | "first-request";

/** After this many closes in a row at the same point, the likely cause is logged. */
const LOGGED_AT = 2;
/** After this many it is the error of the calls that wait. */
const FAILS_AT = 5;

/** The reaction to a close: none, log the likely cause, or fail the calls that wait with it. */
export type CloseVerdict = "tolerate" | "log" | "fail";

/**
 * Counts how often in a row the broker at an address closed the connection at the same point. A broker that restarts
 * refuses connections in between; a listener that expects TLS, or SASL, never does.
 */
export class EarlyCloses {
  #point: ClosePoint | undefined;
  #count = 0;

  /** How many closes in a row there have been at this point. */
  get count(): number {
    return this.#count;
  }

  /** The broker closed the connection at this point. */
  closed(point: ClosePoint): CloseVerdict {
    this.#count = point === this.#point ? this.#count + 1 : 1;
    this.#point = point;
    return this.#count >= FAILS_AT ? "fail" : this.#count === LOGGED_AT ? "log" : "tolerate";
  }

  /** A connection was refused, failed in another way, or worked. */
  reset(): void {
    this.#point = undefined;
    this.#count = 0;
  }
}

/** Whether a connector failed because the other end closed the connection before the TLS handshake was done. */
export function isTlsHangUp({ kind, message }: KafkaError): boolean {
  return kind === "connection" && message.includes(TLS_HANG_UP);
}

/** The likely cause of closes at this point, as an error that no retry can heal. */
export function likelyCause(point: ClosePoint, address: string, count: number): KafkaError {
  const times = `${count} times in a row`;
  const details = { retriable: false, address, outcome: "notWritten" } as const;
  return point === "tls"
    ? new KafkaError(
        "connection",
        `the broker at ${address} closed the connection during the TLS handshake, ${times}. This port probably does ` +
          "not speak TLS: use the port of a listener with SSL or SASL_SSL, or remove the option tls",
        details,
      )
    : new KafkaError(
        "authentication",
        `the broker at ${address} closed the connection instead of answering the first request, ${times}. This ` +
          "listener probably requires SASL: set the option sasl, or use a listener without it",
        details,
      );
}
