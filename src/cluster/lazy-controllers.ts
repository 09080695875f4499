import { lateCode } from "../errors/late-code.ts";
import type { ClusterOptions } from "./options.ts";

/** How a `Kafka` with `bootstrapControllers` learns of the controllers. The code is loaded by the first connection. */
export const CONTROLLERS: Required<Pick<ClusterOptions, "readControllers">> = {
  readControllers: async (connection) =>
    (await lateCode(import("./controllers.ts"), "bootstrapControllers")).readControllers(connection),
};
