import { createRequire } from "node:module";
import type * as tls from "node:tls";
import type * as zlib from "node:zlib";

/** Modules of Node's that not every client needs. */
interface Builtins {
  readonly "node:tls": typeof tls;
  readonly "node:zlib": typeof zlib;
}

const load = createRequire(import.meta.url);

/** A module of Node's, loaded when it is first needed: imported at the top, these two cost every program 20 ms at its start. */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  return load(name) as Builtins[Name];
}
