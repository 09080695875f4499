import { KafkaError } from "./kafka-error.ts";

/** Code that is loaded when it is needed. Rejects with a retriable error that says of what it is the code. */
export function lateCode<T>(code: Promise<T>, of: string): Promise<T> {
  return code.catch((cause: unknown) => {
    throw new KafkaError("connection", `cannot load the code of ${of}`, { cause, retriable: true });
  });
}
