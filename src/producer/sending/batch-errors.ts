import { counted } from "../../errors/counted.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { ProducerBatch } from "../partition/batch.ts";

/** Sending it, and sending it again, would fail for the same reason. */
export function unsendable(batch: ProducerBatch, error: KafkaError): KafkaError {
  return because(batch, error, `cannot write ${counted(batch.count, "record")} to ${batch.topic}-${batch.partition}`);
}

/** Its codec throws. */
export function notCompressed(batch: ProducerBatch, error: KafkaError, type: string): KafkaError {
  const { count, topic, partition } = batch;
  return because(batch, error, `cannot compress ${counted(count, "record")} for ${topic}-${partition} with ${type}`);
}

/** A try failed, and its transaction cannot be committed any more: it is not sent again. */
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
