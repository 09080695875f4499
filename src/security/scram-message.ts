import { fromBase64 } from "./base64.ts";

/** The fewest iterations that Kafka allows. With fewer, a stolen proof is too easy to break. */
const LEAST_ITERATIONS = 4096;
/** Kafka allows 16,384. A hostile server could keep the processor busy for minutes with 2^31. */
const MOST_ITERATIONS = 1_000_000;
/** A longer message is not read: Kafka's have about 100 bytes. */
const LONGEST_MESSAGE = 4096;

/** The server's first message: its part of the nonce, and how the password is hashed. */
export interface ServerFirst {
  readonly nonce: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** A user name as SCRAM sends it. `=` is replaced first, because the replacement of `,` contains one. */
export function escapedName(name: string): string {
  return name.replaceAll("=", "=3D").replaceAll(",", "=2C");
}

/** Reads `r=…,s=…,i=…`. Returns a text if the message is wrong or the server is not to be trusted. */
export function readServerFirst(message: string, clientNonce: string): ServerFirst | string {
  if (message.length > LONGEST_MESSAGE) return "the broker's first message is too long";
  const [r = "", s = "", i = ""] = message.split(",");
  if (r.startsWith("m=")) return "the broker demands an extension that this client does not have";
  if (!r.startsWith("r=") || !s.startsWith("s=") || !i.startsWith("i="))
    return "the broker's first message is malformed: r=, s= and i= are expected";
  const nonce = r.slice(2);
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length || !/^[!-~]+$/.test(nonce))
    return "the broker's nonce does not continue the client's: the answer is not for this exchange";
  const salt = fromBase64(s.slice(2));
  if (salt === undefined || salt.length === 0) return "the salt of the broker is not base64";
  const iterations = /^[1-9]\d{0,9}$/.test(i.slice(2)) ? Number(i.slice(2)) : 0;
  if (iterations < LEAST_ITERATIONS || iterations > MOST_ITERATIONS)
    return `the broker's iteration count is not a number from ${LEAST_ITERATIONS} to ${MOST_ITERATIONS}`;
  return { nonce, salt, iterations };
}

/** Reads `v=…` or `e=…` of the server's last message. Undefined if it is neither. */
export function readServerFinal(
  message: string,
): { readonly signature: Uint8Array } | { readonly error: string } | undefined {
  if (message.length > LONGEST_MESSAGE) return undefined;
  const [first = ""] = message.split(",");
  if (first.startsWith("e=")) return { error: first.slice(2) };
  const signature = first.startsWith("v=") ? fromBase64(first.slice(2)) : undefined;
  return signature === undefined ? undefined : { signature };
}
