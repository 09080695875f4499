// A runtime with an error in a timer of its own. cli.test.ts has the report of `odradek conformance` on it.
import { nodeRuntime } from "../../src/platform/node/runtime.ts";

const host = nodeRuntime();
export const { spawn } = host;

export function delayFor(ms: number): Promise<void> & Disposable {
  if (ms === 10) {
    process.stdout.write("a line of the runtime's own\n");
    setTimeout(() => {
      throw new Error("not caught");
    }, 1);
  }
  return host.delayFor(ms);
}
