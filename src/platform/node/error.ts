import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { inWords } from "../../errors/words.ts";
import { MEMORY_HOST } from "../../runtime/memory-host.ts";
import type { TlsClient } from "./tls-client.ts";
import type { HostError } from "./tls-fault.ts";

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused; is a broker listening there?",
  ENOTFOUND: "the name cannot be resolved; is it spelt right, and does this machine's DNS know it?",
  EAI_AGAIN: "the name cannot be resolved at the moment",
  ETIMEDOUT: "no answer; is a firewall in between?",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ECONNRESET: "the other end reset the connection",
  EPIPE: "the other end closed the connection",
};

/** Where an error happened. */
export interface ErrorPlace {
  /** The words before the address: "cannot connect to". */
  readonly what: string;
  /** `host:port`. */
  readonly address: string;
  /** Given while the connection is opened: nothing was sent. */
  readonly outcome?: "notWritten";
  /** The other end in words. Default: a broker. */
  readonly peer?: "a proxy";
  /** Explains errors of TLS, if it is used. */
  readonly tls?: Pick<TlsClient, "fault"> | undefined;
}

/**
 * Converts a socket error of Node, with the address and an explanation. Its kind is `connection`, and it is retriable,
 * unless it is an error of TLS: `tls-fault.ts` has these. No other file knows Node's codes.
 */
export function connectionError(error: unknown, { what, address, outcome, peer, tls }: ErrorPlace): KafkaError {
  if (KafkaError.is(error)) return error;
  // Check fields, not classes: in a test runner's sandbox the host's errors are not instances of its classes.
  const { errors } = error as { readonly errors?: readonly unknown[] };
  const cause = (errors?.[0] ?? error) as Partial<HostError> | undefined;
  const code = typeof cause?.code === "string" ? cause.code : "";
  const message = cause?.message ?? inWords(error);
  const details = { cause: error, address, ...(outcome === undefined ? {} : { outcome }) };
  const fault = tls?.fault({ code, message, cert: cause?.cert }, outcome === "notWritten");
  if (fault !== undefined) {
    const { kind, retriable, words } = fault;
    // With TLS 1.3 the broker refuses a client certificate after the handshake: to the user it is the same.
    const where = kind === "authentication" ? `cannot connect to ${address}` : `${what} ${address}`;
    return new KafkaError(kind, `${where}: ${words}`, { ...details, retriable });
  }
  if (address.startsWith(`${MEMORY_HOST}:`))
    return new KafkaError(
      "config",
      `${what} ${address}: this is an embedded cluster in memory, which has no port; pass it as it is, ` +
        "new Kafka({ cluster }), or start it with `ports: [0]`",
      details,
    );
  const reason = (REASONS[code] ?? message).replace("a broker", peer ?? "a broker");
  const text = `${code === "" ? "" : `${code}, `}${reason}`;
  return new KafkaError("connection", `${what} ${address}: ${text}`, { ...details, retriable: true });
}

/** Adds to the error the addresses that were tried, if a name has several, and the last reason, `last`, if given. */
export function withTried(error: KafkaError, tried: readonly string[], last?: KafkaError): KafkaError {
  const addresses = tried.length > 1 ? `; ${tried.length} addresses of the name were tried: ${tried.join(", ")}` : "";
  if (addresses === "" && last === undefined) return error;
  const reason = last === undefined ? "" : `; the last error: ${last.message}`;
  return new KafkaError(error.kind, `${error.message}${addresses}${reason}`, detailsOf(error));
}

/** Adds to the error of a wait the functions of the user that have not returned. */
export function withPending(error: KafkaError, pending: ReadonlySet<string>): KafkaError {
  if (pending.size === 0) return error;
  const names = [...pending].map((name) => `tls.${name}`).join(", ");
  return new KafkaError(
    error.kind,
    `${error.message}; ${names}, a function of the application, has not returned`,
    detailsOf(error),
  );
}
