// Runs the kit on one runtime in a process of its own: the kit lets tasks fail, counts timers and measures the heap.
//   node conformance-child.js NAME  →  the report, as JSON
import { nodeDrain } from "../../src/platform/node/drain.ts";
import { conformance } from "../../src/runtime/conformance.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { simulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { brokenRuntimes } from "./broken-runtimes.ts";
import { exampleRuntimes } from "./example-runtimes.ts";
import { ignoreProbeErrors, nodeProbes } from "./node-probes.ts";
import { lateRuntimes } from "./late-runtimes.ts";
import { oddRuntimes } from "./odd-runtimes.ts";
import { shippedRuntimes } from "./shipped-runtimes.ts";

const LIVE_IN_VIRTUAL_TIME = 20_000;
const LIVE_OF_EXAMPLES = 50_000;
const LIVE_WHERE_BROKEN = 20_000;

const name = process.argv[2] ?? "";
ignoreProbeErrors();
const shipped = shippedRuntimes.find((runtime) => runtime.name === name);
const example = exampleRuntimes.find((runtime) => runtime.name === name);
const broken = [...brokenRuntimes, ...lateRuntimes, ...oddRuntimes].find((runtime) => runtime.name === name);
const report =
  shipped !== undefined
    ? await conformance(shipped.make, { ...nodeProbes(), liveDelays: shipped.liveDelays })
    : example !== undefined
      ? await conformance(example.make, { ...nodeProbes(), liveDelays: LIVE_OF_EXAMPLES })
      : broken !== undefined
        ? await conformance(broken.make, {
            ...nodeProbes(),
            liveDelays: LIVE_WHERE_BROKEN,
            longestDelayMs: "longestDelayMs" in broken ? broken.longestDelayMs : 1000,
          })
        : await simulated(name === "simulated, promises" ? "promise" : "thenable");
// Not at an exit of one's own accord: some of the broken ones hold on to their timers.
process.stdout.write(JSON.stringify(report), () => process.exit(0));

function simulated(delays: "promise" | "thenable"): ReturnType<typeof conformance> {
  const platform = simulatedPlatform({ seed: 3, drain: nodeDrain });
  return platform.run(() => {
    const driver = platform.runtime;
    const { heapUsed, asyncContext } = nodeProbes();
    const probes = {
      sleep: (ms: number) => sleep({ runtime: driver, clock: driver.clock }, ms),
      monotonic: () => driver.clock.monotonic(),
      heapUsed,
      asyncContext,
    };
    return conformance(() => new SimulatedRuntime(platform.scheduler, { delays }), {
      ...probes,
      liveDelays: LIVE_IN_VIRTUAL_TIME,
      longestDelayMs: 600_000,
      limitMs: 3_600_000,
    });
  });
}
