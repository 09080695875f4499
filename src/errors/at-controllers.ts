import * as ErrorCode from "./error-code.ts";
import { KafkaError } from "./kafka-error.ts";

/** The error for something that a `Kafka` with `bootstrapControllers` cannot do, as in Java. */
export function notAtControllers(what: string): KafkaError {
  return new KafkaError(
    "unsupported",
    `${what} needs the brokers: set bootstrapServers instead of bootstrapControllers`,
    { code: ErrorCode.UNSUPPORTED_ENDPOINT_TYPE, codeName: "UNSUPPORTED_ENDPOINT_TYPE", outcome: "notWritten" },
  );
}
