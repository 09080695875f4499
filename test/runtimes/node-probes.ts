// How the conformance kit sees Node.
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ConformanceProbeError, type Probes } from "../../src/runtime/conformance.ts";

/** The probes of the kit on Node; `heapUsed` collects first. */
export function nodeProbes(): Required<Omit<Probes, "liveDelays" | "longestDelayMs">> {
  for (const stream of ["stdout", "stderr"]) Reflect.get(process, stream); // they are handles once they were used
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const storage = new AsyncLocalStorage<string>();
  return {
    sleep: (ms) => sleep(ms),
    monotonic: () => performance.now(),
    heapUsed: () => {
      gc();
      return process.memoryUsage().heapUsed;
    },
    activeTimers: () => process.getActiveResourcesInfo().filter((name) => !/Req/.test(name)).length,
    asyncContext: { run: (value, body) => storage.run(value, body), get: () => storage.getStore() },
  };
}

/** Ignores the process errors that the kit provokes. Returns a function that stops ignoring them. */
export function ignoreProbeErrors(): () => void {
  const ignore = (error: unknown): void => {
    if (!(error instanceof ConformanceProbeError)) throw error;
  };
  process.on("unhandledRejection", ignore);
  process.on("uncaughtException", ignore);
  return () => {
    process.off("unhandledRejection", ignore);
    process.off("uncaughtException", ignore);
  };
}
