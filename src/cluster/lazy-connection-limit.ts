import { lateCode } from "../errors/late-code.ts";
import type { Clock } from "../runtime/async-runtime.ts";
import type * as Loaded from "./connection-limit.ts";

/**
 * The limit of the option `maxConnections`, which all clients of a `Kafka` share; undefined without one. Its code is
 * loaded before the first connection, so that a page without the option does not load it.
 */
export function connectionLimitOf(max: number, clock: Clock): (() => Promise<Loaded.ConnectionLimit>) | undefined {
  if (max === Number.POSITIVE_INFINITY) return undefined;
  let made: Loaded.ConnectionLimit | undefined;
  return async () => {
    const { ConnectionLimit } = await loadConnectionLimit();
    made ??= new ConnectionLimit(max, clock);
    return made;
  };
}

/** Loads the code of `maxConnections`. */
export function loadConnectionLimit(): Promise<Pick<typeof Loaded, "ConnectionLimit">> {
  return lateCode(import("./connection-limit.ts"), "maxConnections");
}
