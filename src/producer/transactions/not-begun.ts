import { KafkaError } from "../../errors/kafka-error.ts";

/** The error for a record or a step while no transaction is open. */
export function notBegun(): KafkaError {
  return new KafkaError("config", "no transaction is open: call begin(), or send within transaction()", {
    outcome: "notWritten",
  });
}
