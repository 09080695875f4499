import { detailsOf, KafkaError } from "../errors/kafka-error.ts";

/**
 * The error with which a connection closes after bytes that are no Kafka response. They may have been damaged on their
 * way, and a new connection may deliver the response: so the requests in flight may be repeated, as after a broken
 * connection. Errors of other kinds, such as that of an end that speaks TLS, stay as they are.
 */
export function malformedError(error: unknown): KafkaError {
  const failure = KafkaError.from(error, "protocol");
  return failure.kind === "protocol"
    ? new KafkaError("protocol", failure.message, { ...detailsOf(failure), retriable: true })
    : failure;
}
