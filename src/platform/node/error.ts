import { KafkaError } from "../../errors/kafka-error.ts";

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

/** Node's socket error as a KafkaError of kind `connection`, with the address and what it means. The only file that knows Node's codes. */
export function connectionError(error: unknown, what: string, address: string, outcome?: "notWritten"): KafkaError {
  if (KafkaError.is(error)) return error;
  // By their fields: in a test runner's sandbox the host's errors are no instances of its classes.
  const { errors } = error as { readonly errors?: readonly unknown[] };
  const cause = errors?.[0] ?? error;
  const code = (cause as { code?: string } | undefined)?.code ?? "";
  const text = REASONS[code] ?? (cause as { message?: string } | undefined)?.message ?? String(cause);
  return new KafkaError("connection", `${what} ${address}: ${code === "" ? "" : `${code}, `}${text}`, { cause: error, retriable: true, address, ...(outcome === undefined ? {} : { outcome }) });
}
