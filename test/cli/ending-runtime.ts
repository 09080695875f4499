// A runtime that ends its process. cli.test.ts has the report of `odradek conformance` on it.
import { nodeRuntime } from "../../src/platform/node/runtime.ts";

export const spawn = (): void => process.exit(0);
export const { delayFor } = nodeRuntime();
