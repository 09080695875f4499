import { lateCode } from "../errors/late-code.ts";
import type * as Loaded from "./attempt.ts";

/** Loads the code of the pipeline's transactions: a page that uses none does not contain it. */
export function loadAttempt(): Promise<Pick<typeof Loaded, "Attempt">> {
  return lateCode(import("./attempt.ts"), "consumeTransformProduce");
}
