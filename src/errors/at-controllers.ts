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

/** Returns the cluster if it is one of brokers; throws for something that a client of the controllers cannot do. */
export function ofBrokers<T extends { readonly isOfControllers: boolean }>(cluster: T, what: string): T {
  if (cluster.isOfControllers) throw notAtControllers(what);
  return cluster;
}
