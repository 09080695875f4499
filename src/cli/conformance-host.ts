import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Probes } from "../runtime/conformance.ts";

interface Hosts {
  readonly Bun?: { readonly version: string; gc(isNow: boolean): void };
  readonly Deno?: { readonly version: { readonly deno: string } };
}

const { Bun, Deno } = globalThis as unknown as Hosts;

/** The host and its version, for example `Node v24.1.0`. */
export function hostName(): string {
  if (Bun !== undefined) return `Bun ${Bun.version}`;
  return Deno === undefined ? `Node ${process.version}` : `Deno ${Deno.version.deno}`;
}

/** The kit's view of this host. A probe that does not work on it is left out, and its laws stay unmeasured. */
export async function hostProbes(): Promise<Probes> {
  const collect = collector();
  const storage = new AsyncLocalStorage<string>();
  const timers = await countsTimers();
  return {
    sleep: (ms) => sleep(ms),
    monotonic: () => performance.now(),
    ...(collect === undefined
      ? {}
      : {
          heapUsed: () => {
            collect();
            return process.memoryUsage().heapUsed;
          },
        }),
    ...(timers ? { activeTimers } : {}),
    asyncContext: { run: (value, body) => storage.run(value, body), get: () => storage.getStore() },
  };
}

/** The function that collects garbage; undefined where the host does not give it. */
function collector(): (() => void) | undefined {
  if (Bun !== undefined) return () => Bun.gc(true);
  try {
    setFlagsFromString("--expose-gc");
    const gc: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
    return typeof gc === "function" ? (gc as () => void) : undefined;
  } catch {
    return undefined;
  }
}

/** Requests of the host end by themselves. Everything else may be what a runtime waits with: a timer, or a port. */
const REQUEST = /Req/;

function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => !REQUEST.test(name)).length;
}

/** Whether the host counts its timers: some have the function and always return an empty list. */
async function countsTimers(): Promise<boolean> {
  if (typeof process.getActiveResourcesInfo !== "function") return false;
  // They are handles once they were used: by a runtime that prints a line, or starts a thread.
  for (const stream of ["stdout", "stderr"]) Reflect.get(process, stream);
  await sleep(1);
  const before = activeTimers();
  const timer = setTimeout(() => undefined, 60_000);
  const during = activeTimers();
  timer.unref();
  const unreferenced = activeTimers();
  clearTimeout(timer);
  return during === before + 1 && unreferenced === before && activeTimers() === before;
}
