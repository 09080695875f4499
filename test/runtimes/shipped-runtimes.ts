import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { nodeRuntime } from "../../src/platform/node/runtime.ts";
import type { AsyncRuntime } from "../../src/runtime/async-runtime.ts";
import { boxedRuntime } from "../../src/runtime/boxed-runtime.ts";
import { wheelRuntime } from "../../src/runtime/wheel-runtime.ts";

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** The runtimes that Odradek ships, as a user of Node makes them. */
export const shippedRuntimes: readonly {
  readonly name: string;
  readonly make: () => AsyncRuntime;
  readonly liveDelays: number;
}[] = [
  { name: "default", make: nodeRuntime, liveDelays: 1_000_000 },
  {
    name: "boxed",
    make: () =>
      boxedRuntime({
        sleep: (ms, { signal }) => sleep(ms, undefined, { signal: signal as AbortSignal }),
        turn: ({ signal }) => turn(undefined, { signal: signal as AbortSignal }),
        clock,
      }),
    liveDelays: 200_000,
  },
  { name: "wheel", make: () => wheelRuntime({ runtime: nodeRuntime(), clock }), liveDelays: 1_000_000 },
];
