import { type LogEntry, type LogLevel, missingPlatform, type Platform } from "../../runtime/platform.ts";
import type { WebAssemblyHost } from "../../runtime/web-assembly.ts";
import { lateCrypto, lateFetch } from "./late-login.ts";
import { browserDrain, browserRuntime } from "./runtime.ts";

/** WebCrypto fills at most this many bytes per call. */
const MAX_FILL = 65_536;

/**
 * The platform of a page or a web worker: everything that Odradek needs of a browser, except a way to the brokers. A
 * page cannot open sockets: pass a `connector`, such as `webSocketConnector(url)`. Outside of a secure context (https,
 * or localhost) a browser has no WebCrypto, and SCRAM is refused with kind `unsupported`.
 */
export function browserPlatform(): Platform & Required<Pick<Platform, "utf8" | "drain" | "fetch">> {
  // Jest's jsdom lacks some of what every browser has, and runs on Node.
  const { crypto, TextEncoder, TextDecoder, MessageChannel } = globalThis as Partial<typeof globalThis>;
  if (crypto === undefined || TextEncoder === undefined || TextDecoder === undefined || MessageChannel === undefined)
    throw missingPlatform("a page without TextEncoder, MessageChannel or crypto");
  const text = new TextEncoder();
  const utf8 = new TextDecoder();
  const { WebAssembly: webAssembly } = globalThis as { readonly WebAssembly?: WebAssemblyHost };
  const subtle = crypto.subtle as typeof crypto.subtle | undefined;
  return {
    runtime: browserRuntime(),
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    entropy: {
      fill: (bytes) => {
        for (let i = 0; i < bytes.length; i += MAX_FILL)
          crypto.getRandomValues((bytes as Uint8Array<ArrayBuffer>).subarray(i, i + MAX_FILL));
      },
    },
    utf8: { encode: (value) => text.encode(value), decode: (bytes) => utf8.decode(bytes) },
    drain: browserDrain,
    fetch: lateFetch,
    log: logToConsole,
    ...(subtle === undefined ? {} : { crypto: lateCrypto(subtle) }),
    ...(webAssembly === undefined ? {} : { webAssembly }),
  };
}

/** Prints a line with its facts as an object, which the console of a browser can unfold. */
function logToConsole({ level, message, fields }: LogEntry, least: LogLevel = "warn"): void {
  const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];
  if (levels.indexOf(level) >= levels.indexOf(least)) console[level](`odradek: ${message}`, fields);
}
