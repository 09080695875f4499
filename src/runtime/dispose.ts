import type { Delay } from "./async-runtime.ts";

/** The name that `[Symbol.dispose]() {}` gives a method on an engine that has no such symbol. */
const NAME_WITHOUT_SYMBOL = "undefined";

/**
 * Disposes a delay, also on an engine without `Symbol.dispose` (QuickJS, a new `vm` context of Node 20), and where the
 * program adds the symbol after this library was loaded: then delays of classes that were made before have the method
 * under its other name.
 */
export function dispose(delay: Delay): void {
  if ((delay[Symbol.dispose] as unknown) === undefined)
    (delay as unknown as { [NAME_WITHOUT_SYMBOL](): void })[NAME_WITHOUT_SYMBOL]();
  else delay[Symbol.dispose]();
}
