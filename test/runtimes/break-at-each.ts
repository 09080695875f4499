// The property of runtimes that break: the client that made the failing call ends, nothing hangs, and nothing is left
// behind.
import assert from "node:assert/strict";
import { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import { Kafka } from "../../src/kafka.ts";
import { nodeDrain } from "../../src/platform/node/drain.ts";
import type { AsyncRuntime } from "../../src/runtime/async-runtime.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { simulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import "../client/late-code.ts";
import { type Break, breakingRuntime, Calls, everything, fill, textOf, TOPICS } from "./breaking.ts";

const LIMIT_MS = 5000;
const CLOSE_MS = 5000;
export const NEVER: Break = { kind: "spawn throws", at: 0, times: 0 };

/** Plays the program on a runtime that breaks, and checks the property. Returns how often the runtime was called. */
export async function play(fault: Break): Promise<{ readonly spawn: number; readonly delayFor: number }> {
  const platform = simulatedPlatform({ seed: 5, drain: nodeDrain });
  return platform.run(async () => {
    const cluster = await EmbeddedCluster.start({ brokers: 2, topics: TOPICS }, platform);
    const location = { bootstrapServers: cluster.bootstrapServers, connector: platform.connector };
    const healthy = new Kafka<AsyncRuntime>({ cluster: location, runtime: platform.runtime }, platform);
    await fill(healthy);
    const own = new SimulatedRuntime(platform.scheduler);
    const runtime = breakingRuntime(own, fault);
    const kafka = new Kafka<AsyncRuntime>({ cluster: location, runtime, onLog: () => undefined }, platform);
    const calls = new Calls(platform.clock);
    let acknowledged = 0;
    const ended = everything(kafka, calls).then((count) => {
      acknowledged = count;
    });
    await Promise.race([ended, sleep(platform, 60_000)]);
    await Promise.race([calls.note("close", () => kafka.close({ timeoutMs: CLOSE_MS })), sleep(platform, 60_000)]);
    await sleep(platform, 1); // tasks that were spawned last
    const label = JSON.stringify(fault);
    for (const { name, beganMs, endedMs = Number.POSITIVE_INFINITY, error } of calls.all) {
      // A client breaks when its own calls fail, which may be later than the first failure.
      const fromMs = Math.max(beganMs, ...runtime.brokeMs.filter((ms) => ms <= endedMs - 1));
      const limitMs = name === "close" ? CLOSE_MS : LIMIT_MS;
      assert.ok(endedMs - fromMs <= limitMs, `${label}: ${name} took ${endedMs - fromMs} ms: ${textOf(error)}`);
      if (error !== undefined) assert.match(textOf(error), /the runtime('s| has)/, `${label}: the error of ${name}`);
    }
    assert.deepEqual(
      { delays: own.delays, tasks: own.tasks, misuses: own.misuses, failures: own.failures },
      { delays: 0, tasks: 0, misuses: [], failures: [] },
      `${label}: left behind ${own.delays} delays, ${own.tasks} tasks, ${own.misuses.join()}, ${own.failures.join()}`,
    );
    const written = await healthy.admin().listOffsets([{ topic: "written", partition: 0, spec: "latest" }]);
    assert.ok((written.orThrow()[0]?.offset ?? -1) >= acknowledged, `${label}: acknowledged records are written`);
    await healthy.close();
    await cluster.close();
    return runtime.calls;
  });
}

export const kinds: readonly Break["kind"][] = [
  "spawn throws",
  "delayFor throws",
  "delayFor returns nothing",
  "a task is lost",
];

/** Lets a runtime break at every `step`th call, from `first` on. Returns the texts of what went wrong. */
export async function breakAtEach(
  kind: Break["kind"],
  times: number,
  first: number,
  step: number,
): Promise<readonly string[]> {
  const calls = await play(NEVER);
  const count = kind.startsWith("delayFor") ? calls.delayFor : calls.spawn;
  assert.ok(count > 40, `the program calls the runtime often enough: ${count}`);
  const problems: string[] = [];
  for (let at = first; at < count; at += step)
    await play({ kind, at, times }).catch((error: unknown) => problems.push((error as Error).message));
  return problems;
}
