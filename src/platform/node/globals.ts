import type { webcrypto } from "node:crypto";
import type * as util from "node:util";
import { nodeCryptoModule, nodeTimers, nodeUtil } from "./builtin.ts";

/** The host's timers. Global functions are read at each call, so that a test's fake timers take effect. */
export interface Timers {
  setTimeout(callback: () => void, ms: number): TimerHandle;
  clearTimeout(handle: TimerHandle | undefined): void;
  setImmediate(callback: () => void): TimerHandle;
  clearImmediate(handle: TimerHandle | undefined): void;
}

/**
 * The handle of a timer. In browsers it is a number, without `unref`; Electron has such timers next to Node's modules.
 */
export interface TimerHandle {
  unref?(): void;
}

// A test environment may replace Node's globals by a browser's: Jest's jsdom lacks `setImmediate`, `TextEncoder` and
// `crypto.subtle`. Node's modules are still available there.

/** The global timers, or Node's module if a page's globals replace them. */
export function hostTimers(): Timers {
  return (typeof setImmediate === "function" ? globalThis : nodeTimers()) as unknown as Timers;
}

/** The global text encoder and decoder, or Node's. */
export function textCoders(): Pick<typeof util, "TextEncoder" | "TextDecoder"> {
  const global = globalThis as unknown as Partial<Pick<typeof util, "TextEncoder" | "TextDecoder">>;
  return typeof global.TextEncoder === "function" && typeof global.TextDecoder === "function"
    ? { TextEncoder: global.TextEncoder, TextDecoder: global.TextDecoder }
    : nodeUtil();
}

/** The global WebCrypto, or Node's. */
export function webCrypto(): typeof webcrypto {
  const { crypto } = globalThis as unknown as { readonly crypto?: typeof webcrypto };
  return crypto !== undefined && "subtle" in crypto ? crypto : nodeCryptoModule().webcrypto;
}
