import nodeModule from "node:module";
import type * as tls from "node:tls";

/** `process.getBuiltinModule`: Node has it from 20.16 and 22.3, and Bun and Deno have it too. */
type GetBuiltin = (name: string) => unknown;

/** Node's `tls`, loaded by the first call: it is a tenth of what the start of a program without TLS takes. */
export function nodeTls(): typeof tls {
  const { getBuiltinModule } = process as { readonly getBuiltinModule?: GetBuiltin };
  const loaded = getBuiltinModule?.("node:tls") ?? nodeModule.createRequire(`${process.cwd()}/`)("node:tls");
  return loaded as typeof tls;
}
