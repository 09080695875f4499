import { lateCode } from "../errors/late-code.ts";
import type * as Loaded from "./from-properties.ts";

/** Loads the code that reads properties files. */
export function loadProperties(): Promise<Pick<typeof Loaded, "fromProperties">> {
  return lateCode(import("./from-properties.ts"), "fromProperties");
}
