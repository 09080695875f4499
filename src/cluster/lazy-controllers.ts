import { KafkaError } from "../errors/kafka-error.ts";
import type { ClusterOptions } from "./options.ts";

/** How a `Kafka` with `bootstrapControllers` learns of the controllers. The code is loaded by the first connection. */
export const CONTROLLERS: Required<Pick<ClusterOptions, "readControllers">> = {
  readControllers: async (connection) => {
    const { readControllers } = await import("./controllers.ts").catch((cause: unknown) => {
      throw new KafkaError("connection", "cannot load the code of bootstrapControllers", { cause, retriable: true });
    });
    return readControllers(connection);
  },
};
