import type { Delay } from "./async-runtime.ts";

/** The name of the method `[Symbol.dispose]() {}` on an engine without that symbol. */
const NAME_WITHOUT_SYMBOL = "undefined";

/**
 * Disposes a delay, also on an engine without `Symbol.dispose` (QuickJS, a new `vm` context of Node 20). If the program
 * adds the symbol after this library was loaded, classes defined earlier still have the method under its other name.
 */
export function dispose(delay: Delay): void {
  if ((delay[Symbol.dispose] as unknown) === undefined)
    (delay as unknown as { [NAME_WITHOUT_SYMBOL](): void })[NAME_WITHOUT_SYMBOL]();
  else delay[Symbol.dispose]();
}
