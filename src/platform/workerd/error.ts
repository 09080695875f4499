import { KafkaError } from "../../errors/kafka-error.ts";
import { inWords } from "../../errors/words.ts";
import { MEMORY_HOST } from "../../runtime/memory-host.ts";

/** workerd's errors have no codes, so they are recognised by their words. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/is not allowed/, "workerd's network service does not allow this address"],
  [/certificate verify failed|TLS peer's certificate/i, "the broker's certificate is not trusted by this host"],
  [/Hostname mismatch/i, "the broker's certificate is for another name"],
  [/wrong version number|TLS handshake/i, "the broker does not speak TLS on this port, or refused it"],
  [/proxy request failed|Connection refused/i, "is a broker listening there, and is its name right?"],
  [/DNS/i, "the name cannot be resolved; is it spelt right?"],
];

/**
 * Converts an error of the host, with the address and an explanation. Its kind is `connection`, and it is retriable. No
 * other file knows the host's errors.
 */
export function connectionError(
  error: unknown,
  what: string,
  address: string,
  details: { readonly outcome?: "notWritten" } = {},
): KafkaError {
  if (KafkaError.is(error)) return error;
  if (address.startsWith(`${MEMORY_HOST}:`))
    return new KafkaError(
      "config",
      `${what} ${address}: this is an embedded cluster in memory, which has no port; pass it as it is, ` +
        "new Kafka({ cluster })",
      { cause: error, address, ...details },
    );
  const { message = inWords(error) } = (error ?? {}) as { readonly message?: string };
  const why = REASONS.find(([pattern]) => pattern.test(message))?.[1];
  return new KafkaError("connection", `${what} ${address}: ${message}${why === undefined ? "" : `; ${why}`}`, {
    cause: error,
    address,
    retriable: true,
    ...details,
  });
}
