import type { KafkaError } from "./kafka-error.ts";

/**
 * Whether retrying cannot help before anything was sent: a certificate or credential was refused, an option is wrong or
 * not supported by the platform, the port speaks another protocol, or client and broker have no protocol version in
 * common. An error of kind `config` after a request was sent means that a response was too large. That may be
 * temporary, because its length may have been damaged on the way.
 */
export function isPermanent({ kind, retriable, outcome }: KafkaError): boolean {
  if (retriable) return false;
  if (kind === "authentication" || kind === "unsupported") return true;
  return (kind === "config" || kind === "connection") && outcome === "notWritten";
}
