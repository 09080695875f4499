import { lateCode } from "../errors/late-code.ts";
import type * as Loaded from "./controllers.ts";
import type { ClusterOptions } from "./options.ts";

/** How a `Kafka` with `bootstrapControllers` learns of the controllers. The code is loaded by the first connection. */
export const CONTROLLERS: Required<Pick<ClusterOptions, "readControllers">> = {
  readControllers: async (connection) => (await loadControllers()).readControllers(connection),
};

/** Loads the code of `bootstrapControllers`. */
export function loadControllers(): Promise<Pick<typeof Loaded, "readControllers">> {
  return lateCode(import("./controllers.ts"), "bootstrapControllers");
}
