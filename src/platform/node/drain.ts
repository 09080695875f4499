import { bunJsc } from "./builtin.ts";
import type { Drain, StrictDrain } from "../../runtime/drain.ts";
import { hostTimers } from "./globals.ts";

/** One turn of Node's event loop: `setImmediate` runs once the microtask queue is empty. */
export function nodeDrain(): Promise<void> {
  return new Promise((resolve) => {
    hostTimers().setImmediate(resolve);
  });
}

/** {@link nodeDrain}, with the host's strict drain if it has one. */
export function nodeStrictDrain(): Drain {
  const drainNow = hostDrain();
  if (drainNow === undefined) return nodeDrain;
  const strict: StrictDrain = {
    enter: (loop) => {
      hostTimers().setImmediate(loop);
    },
    drainNow,
  };
  return Object.assign(() => nodeDrain(), { strict });
}

/**
 * The host's function that empties the microtask queue at once. No host documents one for users, so this looks for it,
 * and callers test it before use. Node calls `process._tickCallback` between two timers (in 20, 22 and 24); on Bun a
 * function of that name does nothing. Bun and Deno are handled here because both load this file for Node's API.
 */
function hostDrain(): (() => void) | undefined {
  if (process.versions["bun"] !== undefined) return bunJsc()?.drainMicrotasks;
  const { Deno: deno } = globalThis as {
    readonly Deno?: Readonly<
      Record<symbol, { readonly core?: { readonly runMicrotasks?: () => void } } | undefined>
    > & { readonly internal?: symbol };
  };
  if (deno?.internal !== undefined) return deno[deno.internal]?.core?.runMicrotasks;
  const { _tickCallback: tick } = process as { readonly _tickCallback?: () => void };
  return tick;
}
