import { KafkaError } from "../../errors/kafka-error.ts";
import { type AbortSignalLike, cancelledError } from "../../runtime/cancellation.ts";

/** The error of a call after close(). */
export function closedError(): KafkaError {
  return new KafkaError("closed", "this producer was closed; make another", { outcome: "notWritten" });
}

/** The error of a record that was not acknowledged when close() ended. */
export function closedBefore(): KafkaError {
  return new KafkaError("closed", "the producer was closed before the record was acknowledged", {
    outcome: "notWritten",
  });
}

/** The error of a call that must not wait, while a serde must. */
export function cannotWait(call: string): KafkaError {
  return new KafkaError("unsupported", `${call} cannot wait for a serde that has prepare(): use send`, {
    outcome: "notWritten",
  });
}

/** The error of a record that a signal withdrew. */
export function takenBack(signal: AbortSignalLike): KafkaError {
  const { message } = cancelledError(signal, "the send of a record");
  return new KafkaError("cancelled", message, { cause: signal.reason, outcome: "notWritten" });
}

/** The warning about a record that `enqueue` refused and that was dropped. */
export function notOfferedAgain(topic: string): string {
  return (
    `enqueue returned false for a record of topic ${topic}, which was not offered again: it is lost. Offer a record ` +
    "until it is taken: while (!producer.enqueue(record)) await producer.ready(). Build the record once, before the " +
    "loop. Further ones are not reported"
  );
}
