import { KafkaJSNumberOfRetriesExceeded } from "../errors/kafkajs-error.ts";
import { KafkaJSProtocolError } from "../errors/protocol-error.ts";
import { protocolFault } from "../errors/protocol-faults.ts";
import { isKafkaError, toKafkaJsError } from "../errors/to-kafkajs-error.ts";
import type { RetrySettings } from "../retry/retry-options.ts";
import { waitAfter } from "./delivery-limits.ts";

const INVALID_PRODUCER_EPOCH = 47;

/**
 * An error of Odradek's producer as the error that kafkajs has for it: out of tries or of time is
 * `KafkaJSNumberOfRetriesExceeded` with the last error as its cause; a refusal of the broker is raw.
 */
export function deliveryError(error: unknown, settings: RetrySettings): unknown {
  if (!isKafkaError(error)) return error;
  const { kind, cause, code } = error;
  if (kind === "fenced") return new KafkaJSProtocolError(protocolFault(INVALID_PRODUCER_EPOCH));
  if (code === undefined && (kind === "timeout" || kind === "buffer-full")) {
    const { retries } = settings;
    const last = toKafkaJsError(isKafkaError(cause) ? cause : error);
    return new KafkaJSNumberOfRetriesExceeded(last, { retryCount: retries, retryTime: waitAfter(retries, settings) });
  }
  return toKafkaJsError(error);
}
