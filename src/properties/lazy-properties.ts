import { KafkaError } from "../errors/kafka-error.ts";
import type * as Loaded from "./from-properties.ts";

/** Loads the code that reads properties files. */
export function loadProperties(): Promise<Pick<typeof Loaded, "fromProperties">> {
  return import("./from-properties.ts").catch((cause: unknown) => {
    throw new KafkaError("connection", "cannot load the code of fromProperties", { cause, retriable: true });
  });
}
