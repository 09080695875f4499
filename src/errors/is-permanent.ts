import type { KafkaError } from "./kafka-error.ts";

/**
 * Whether trying again cannot help before anything was sent: a certificate or a credential is refused, an option is
 * wrong or is one that the platform does not support, or client and broker have no version in common. (An error of kind
 * `config` after a request was sent is about a response that is too large; its length may have been damaged on the
 * way.)
 */
export function isPermanent({ kind, retriable, outcome }: KafkaError): boolean {
  if (retriable) return false;
  return kind === "authentication" || kind === "unsupported" || (kind === "config" && outcome === "notWritten");
}
