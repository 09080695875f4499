import { createRequire } from "node:module";
import type * as tls from "node:tls";
import type * as zlib from "node:zlib";

/** `process.getBuiltinModule`, which Node has from 20.16 and 22.3 on; Bun and Deno have it too. */
type GetBuiltin = (name: string) => unknown;

function getBuiltin(): GetBuiltin | undefined {
  return (process as { readonly getBuiltinModule?: GetBuiltin }).getBuiltinModule;
}

/**
 * For older ones: made where it is needed, and not from `import.meta.url`, which is empty in a CommonJS bundle. Modules of Node's own are found from
 * everywhere.
 */
function requireBuiltin(): NodeJS.Require {
  return createRequire(`${process.cwd()}/`);
}

// Loaded when they are first needed: imported at the top, these two cost every program 20 ms at its start. Their names are literals, so that
// bundlers leave them alone or find them.

export function nodeTls(): typeof tls {
  return (getBuiltin()?.("node:tls") ?? requireBuiltin()("node:tls")) as typeof tls;
}

export function nodeZlib(): typeof zlib {
  return (getBuiltin()?.("node:zlib") ?? requireBuiltin()("node:zlib")) as typeof zlib;
}

/** What only Bun has; undefined elsewhere. */
export function bunJsc(): { readonly drainMicrotasks?: () => void } | undefined {
  return getBuiltin()?.("bun:jsc") as { readonly drainMicrotasks?: () => void } | undefined;
}
