import type { webcrypto } from "node:crypto";
import type * as util from "node:util";
import { nodeCryptoModule, nodeTimers, nodeUtil } from "./builtin.ts";

/** The host's timers. A property of `globalThis` is read at each call, so that a test's fake timers are in force. */
export interface Timers {
  setTimeout(callback: () => void, ms: number): TimerHandle;
  clearTimeout(handle: TimerHandle | undefined): void;
  setImmediate(callback: () => void): TimerHandle;
  clearImmediate(handle: TimerHandle | undefined): void;
}

/** A page's handles are numbers, which have no `unref`. Electron has them beside Node's modules. */
export interface TimerHandle {
  unref?(): void;
}

// A test environment may put a page's globals in the place of Node's: Jest's jsdom has no `setImmediate`, `TextEncoder`
// and `crypto.subtle`. Node's modules are not hidden.

export function hostTimers(): Timers {
  return (typeof setImmediate === "function" ? globalThis : nodeTimers()) as unknown as Timers;
}

export function textCoders(): Pick<typeof util, "TextEncoder" | "TextDecoder"> {
  const global = globalThis as unknown as Partial<Pick<typeof util, "TextEncoder" | "TextDecoder">>;
  return typeof global.TextEncoder === "function" && typeof global.TextDecoder === "function"
    ? { TextEncoder: global.TextEncoder, TextDecoder: global.TextDecoder }
    : nodeUtil();
}

export function webCrypto(): typeof webcrypto {
  const { crypto } = globalThis as unknown as { readonly crypto?: typeof webcrypto };
  return crypto !== undefined && "subtle" in crypto ? crypto : nodeCryptoModule().webcrypto;
}
