import { counted } from "../../errors/counted.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { ProducerBatch } from "../partition/batch.ts";

/** Whether a failed request is not sent again: the client closes, or another try would fail in the same way. */
export function isFinal({ kind, retriable }: KafkaError): boolean {
  return kind === "closed" || (!retriable && kind !== "connection" && kind !== "timeout" && kind !== "protocol");
}

/** The error for a batch that would fail in the same way however often it was sent. */
export function unsendable(batch: ProducerBatch, error: KafkaError): KafkaError {
  return because(batch, error, `cannot write ${counted(batch.count, "record")} to ${batch.topic}-${batch.partition}`);
}

/** The error for a batch whose codec threw. */
export function notCompressed(batch: ProducerBatch, error: KafkaError, type: string): KafkaError {
  const { count, topic, partition } = batch;
  return because(batch, error, `cannot compress ${counted(count, "record")} for ${topic}-${partition} with ${type}`);
}

/**
 * The error for a batch that is not sent again after a failed try, because its transaction can no longer be committed.
 */
export function notSentAgain(batch: ProducerBatch, stopped: KafkaError, cause: KafkaError): KafkaError {
  return new KafkaError(stopped.kind, stopped.message, {
    ...detailsOf(stopped),
    cause,
    outcome: outcomeOf(batch),
    topic: batch.topic,
    partition: batch.partition,
  });
}

function because(batch: ProducerBatch, error: KafkaError, what: string): KafkaError {
  return new KafkaError(error.kind, `${what}: ${error.message}`, {
    ...detailsOf(error),
    cause: error.cause ?? error,
    retriable: false,
    outcome: outcomeOf(batch),
    topic: batch.topic,
    partition: batch.partition,
  });
}

function outcomeOf({ isUnsure }: ProducerBatch): "indefinite" | "notWritten" {
  return isUnsure ? "indefinite" : "notWritten";
}
