import { channel } from "node:diagnostics_channel";
import type { Diagnostics } from "../../runtime/diagnostics.ts";

/** The channels of Node, Bun and Deno. */
export const nodeDiagnostics: Diagnostics = { channel: (name) => channel(name) };
