import nodeModule from "node:module";
import type * as crypto from "node:crypto";
import type * as dns from "node:dns";
import type * as fs from "node:fs/promises";
import type * as timers from "node:timers";
import type * as tls from "node:tls";
import type * as util from "node:util";
import type * as v8 from "node:v8";
import type * as zlib from "node:zlib";

/** `process.getBuiltinModule`: Node has it from 20.16 and 22.3, and Bun and Deno have it too. */
type GetBuiltin = (name: string) => unknown;

function getBuiltin(): GetBuiltin | undefined {
  return (process as { readonly getBuiltinModule?: GetBuiltin }).getBuiltinModule;
}

/**
 * For older versions of Node. It is created on use, and not from `import.meta.url`, which is empty in a CommonJS
 * bundle. Built-in modules can be found from any folder. It uses the default export: webpack removes an import named
 * `createRequire`, and leaves `(void 0)(…)` if the argument is not a literal.
 */
function requireBuiltin(): NodeJS.Require {
  return nodeModule.createRequire(`${process.cwd()}/`);
}

// These modules are loaded on first use: importing TLS and zlib at the top would add 20 ms to the start of every
// program.
// Their names are literals, so that bundlers can find them or leave them alone.

/** Node's `tls`. */
export function nodeTls(): typeof tls {
  return (getBuiltin()?.("node:tls") ?? requireBuiltin()("node:tls")) as typeof tls;
}

/** Node's `dns`. */
export function nodeDns(): typeof dns {
  return (getBuiltin()?.("node:dns") ?? requireBuiltin()("node:dns")) as typeof dns;
}

/** Node's `zlib`. */
export function nodeZlib(): typeof zlib {
  return (getBuiltin()?.("node:zlib") ?? requireBuiltin()("node:zlib")) as typeof zlib;
}

/** Node's `fs/promises`. */
export function nodeFiles(): typeof fs {
  return (getBuiltin()?.("node:fs/promises") ?? requireBuiltin()("node:fs/promises")) as typeof fs;
}

/** Node's `crypto`. */
export function nodeCryptoModule(): typeof crypto {
  return (getBuiltin()?.("node:crypto") ?? requireBuiltin()("node:crypto")) as typeof crypto;
}

/** Node's `timers`. */
export function nodeTimers(): typeof timers {
  return (getBuiltin()?.("node:timers") ?? requireBuiltin()("node:timers")) as typeof timers;
}

/** Node's `util`. */
export function nodeUtil(): typeof util {
  return (getBuiltin()?.("node:util") ?? requireBuiltin()("node:util")) as typeof util;
}

/** Node's `v8`. */
export function nodeV8(): typeof v8 {
  return (getBuiltin()?.("node:v8") ?? requireBuiltin()("node:v8")) as typeof v8;
}

/** A module that only Bun has; undefined on other hosts. */
export function bunJsc(): { readonly drainMicrotasks?: () => void } | undefined {
  return getBuiltin()?.("bun:jsc") as { readonly drainMicrotasks?: () => void } | undefined;
}
