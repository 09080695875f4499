import { nodeRuntime } from "../../src/platform/node/runtime.ts";
import type { AsyncRuntime, Delay } from "../../src/runtime/async-runtime.ts";

export interface BrokenRuntime {
  readonly name: string;
  readonly make: () => AsyncRuntime;
  /** The laws that it breaks: these and no others must fail. */
  readonly breaks: readonly string[];
  /** The longest delay that D20 waits for, in ms. A second, unless the defect shows later. */
  readonly longestDelayMs?: number;
}

export type Callback = (value: void) => void;

/** Node's own runtime with something put in its place. */
export const but = (change: (host: AsyncRuntime) => Partial<AsyncRuntime>) => (): AsyncRuntime => {
  const host = nodeRuntime();
  return { spawn: host.spawn, delayFor: host.delayFor, ...change(host) };
};

/** Node's own runtime with another `delayFor`, which gets the host's. */
export const delaying = (change: (host: AsyncRuntime["delayFor"]) => AsyncRuntime["delayFor"]): (() => AsyncRuntime) =>
  but((host) => ({ delayFor: change(host.delayFor) }));

/** A delay made of a `then` and a dispose. */
export const delayOf = (then: (callback: Callback) => void, dispose: () => void): Delay => ({
  then,
  [Symbol.dispose]: dispose,
});

/** The host's delay with another `then` and dispose, each of which gets the host's. */
export function wrapped(
  delay: Delay,
  change: {
    readonly then?: (callback: Callback, host: (callback: Callback) => void) => void;
    readonly dispose?: (host: () => void) => void;
  },
): Delay {
  const then = (callback: Callback): void => void delay.then(callback);
  const dispose = (): void => delay[Symbol.dispose]();
  return delayOf(
    (callback) => (change.then === undefined ? then(callback) : change.then(callback, then)),
    () => (change.dispose === undefined ? dispose() : change.dispose(dispose)),
  );
}

/** Lets the host report an error as an unhandled rejection. */
export function report(error: unknown): void {
  void Promise.reject(error instanceof Error ? error : new Error(String(error)));
}
