import { detailsOf, KafkaError } from "../errors/kafka-error.ts";

/**
 * The error with which a connection closes after bytes that are no Kafka response. They may have been damaged on their
 * way, and a new connection may deliver the response: so the requests in flight may be repeated, as after a broken
 * connection. An error of kind `config`, such as a broker that expects TLS, keeps its own answer.
 */
export function malformedError(error: unknown): KafkaError {
  const failure = KafkaError.from(error, "protocol");
  return failure.kind === "protocol"
    ? new KafkaError("protocol", failure.message, { ...detailsOf(failure), retriable: true })
    : failure;
}
