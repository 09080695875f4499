import nodeModule from "node:module";
import type * as crypto from "node:crypto";
import type * as dns from "node:dns";
import type * as timers from "node:timers";
import type * as tls from "node:tls";
import type * as util from "node:util";
import type * as zlib from "node:zlib";

/** `process.getBuiltinModule`, which Node has from 20.16 and 22.3 on; Bun and Deno have it too. */
type GetBuiltin = (name: string) => unknown;

function getBuiltin(): GetBuiltin | undefined {
  return (process as { readonly getBuiltinModule?: GetBuiltin }).getBuiltinModule;
}

/**
 * For older ones: made where it is needed, and not from `import.meta.url`, which is empty in a CommonJS bundle. Modules
 * of Node's own are found from everywhere. By the default export: webpack takes an import of the name `createRequire`
 * out, and leaves `(void 0)(…)` where its argument is no literal.
 */
function requireBuiltin(): NodeJS.Require {
  return nodeModule.createRequire(`${process.cwd()}/`);
}

// Loaded when they are first needed: imported at the top, TLS and zlib alone cost every program 20 ms at its start.
// Their names are literals, so that bundlers leave them alone or find them.

export function nodeTls(): typeof tls {
  return (getBuiltin()?.("node:tls") ?? requireBuiltin()("node:tls")) as typeof tls;
}

export function nodeDns(): typeof dns {
  return (getBuiltin()?.("node:dns") ?? requireBuiltin()("node:dns")) as typeof dns;
}

export function nodeZlib(): typeof zlib {
  return (getBuiltin()?.("node:zlib") ?? requireBuiltin()("node:zlib")) as typeof zlib;
}

export function nodeCryptoModule(): typeof crypto {
  return (getBuiltin()?.("node:crypto") ?? requireBuiltin()("node:crypto")) as typeof crypto;
}

export function nodeTimers(): typeof timers {
  return (getBuiltin()?.("node:timers") ?? requireBuiltin()("node:timers")) as typeof timers;
}

export function nodeUtil(): typeof util {
  return (getBuiltin()?.("node:util") ?? requireBuiltin()("node:util")) as typeof util;
}

/** What only Bun has; undefined elsewhere. */
export function bunJsc(): { readonly drainMicrotasks?: () => void } | undefined {
  return getBuiltin()?.("bun:jsc") as { readonly drainMicrotasks?: () => void } | undefined;
}
