import type { Listener } from "../../runtime/byte-stream.ts";
import type { LogEntry, LogLevel, Platform, WholePlatform } from "../../runtime/platform.ts";
import type { WebAssemblyHost } from "../../runtime/web-assembly.ts";
import { nodeAllocate } from "./allocate.ts";
import { nodeFiles } from "./builtin.ts";
import { nodeCallContext, nodeCapturedContext } from "./call-context.ts";
import { nodeCodecs } from "./codecs.ts";
import { nodeConnector } from "./connector.ts";
import { nodeCrypto } from "./crypto.ts";
import { nodeDrain } from "./drain.ts";
import { nodeExit } from "./exit.ts";
import { nodeFetch } from "./fetch.ts";
import { textCoders, webCrypto } from "./globals.ts";
import { nodeListener } from "./listener.ts";
import { nodeRuntime } from "./runtime.ts";

/** WebCrypto fills at most this many bytes per call. */
const MAX_FILL = 65_536;
const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** The platform of Node: everything that Odradek needs of a host. */
export function nodePlatform(): WholePlatform & { readonly listener: Listener } {
  const { TextEncoder, TextDecoder } = textCoders();
  const text = new TextEncoder();
  const utf8 = new TextDecoder();
  const { WebAssembly: webAssembly } = globalThis as { readonly WebAssembly?: WebAssemblyHost }; // not with --jitless
  return {
    runtime: nodeRuntime(),
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    entropy: {
      fill: (bytes) => {
        for (let i = 0; i < bytes.length; i += MAX_FILL) webCrypto().getRandomValues(bytes.subarray(i, i + MAX_FILL));
      },
    },
    connector: nodeConnector(),
    listener: nodeListener(),
    codecs: nodeCodecs(),
    crypto: nodeCrypto(),
    utf8: { encode: (value) => text.encode(value), decode: (bytes) => utf8.decode(bytes) },
    drain: nodeDrain,
    callContext: nodeCallContext(),
    captureContext: nodeCapturedContext,
    ...(webAssembly === undefined ? {} : { webAssembly }),
    allocate: nodeAllocate(),
    bytesView: bufferView(),
    log: logToConsole,
    onExit: nodeExit(),
    ...(typeof fetch === "function" ? { fetch: nodeFetch } : {}),
    environment: environmentVariable,
    readFile: (path) => nodeFiles().readFile(path),
  };
}

/** A variable of the environment. Deno throws if the program may not read it: then it counts as not set. */
function environmentVariable(name: string): string | undefined {
  if (name.startsWith("ODRADEK_") && !mayReadWithoutAsking(name)) return undefined;
  try {
    return process.env[name];
  } catch {
    return undefined;
  }
}

/** Deno may ask at the terminal whether a program may read a variable. Settings of this package are not worth that. */
function mayReadWithoutAsking(variable: string): boolean {
  const { Deno: deno } = globalThis as unknown as DenoHost;
  return deno === undefined || deno.permissions.querySync({ name: "env", variable }).state === "granted";
}

/** The part of Deno that tells what a program may do. */
interface DenoHost {
  readonly Deno?: {
    readonly permissions: {
      querySync(right: { readonly name: "env"; readonly variable: string }): { readonly state: string };
    };
  };
}

type ViewClass = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => Uint8Array;

/**
 * Makes Buffers without copying. Node's internal class is as fast as a Uint8Array; `Buffer.from` takes half as long
 * again.
 */
function bufferView(): NonNullable<Platform["bytesView"]> {
  const View = (Buffer as unknown as Readonly<Record<symbol, unknown>>)[Symbol.species] as
    (ViewClass & { readonly prototype: unknown }) | undefined;
  const isNodes = View !== undefined && (View as unknown) !== Buffer && View.prototype === Buffer.prototype;
  return isNodes
    ? (buffer, byteOffset, length) => new View(buffer, byteOffset, length)
    : (buffer, byteOffset, length) => Buffer.from(buffer as ArrayBuffer, byteOffset, length);
}

/**
 * Prints only warnings and errors, unless more is asked for: a library should be silent while all goes well. Everything
 * goes to stderr, since the output of a program may be data.
 */
function logToConsole(entry: LogEntry, least: LogLevel = "warn"): void {
  const level = LEVELS.indexOf(entry.level);
  if (level < LEVELS.indexOf(least)) return;
  const fields = Object.entries(entry.fields)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ");
  const isLow = entry.level === "debug" || entry.level === "info";
  const text = `odradek: ${isLow ? `${entry.level}: ` : ""}${entry.message}${fields === "" ? "" : ` (${fields})`}`;
  console[entry.level === "error" ? "error" : "warn"](text);
}
