import type { LogEntry, LogLevel, WholePlatform } from "../../runtime/platform.ts";
import { workerdCodecs } from "./codecs.ts";
import { workerdConnector } from "./connector.ts";
import { webCrypto } from "../web-crypto.ts";
import { workerdFetch } from "./fetch.ts";
import { workerdGlobals } from "./host.ts";
import { RequestGuard } from "./request-guard.ts";
import { workerdClock, workerdRuntime } from "./runtime.ts";

/** WebCrypto fills at most this many bytes per call. */
const MAX_FILL = 65_536;
const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];
/** Cloudflare lets each request have six open connections; a seventh waits until one is closed. */
const MAX_CONNECTIONS = 6;

/**
 * The platform of workerd, the engine of Cloudflare Workers. It belongs to the request in which it is first used, or to
 * the Durable Object; in another request each call fails with kind `closed`.
 */
export function workerdPlatform(): WholePlatform {
  const { check } = new RequestGuard();
  const text = new TextEncoder();
  const utf8 = new TextDecoder();
  return {
    runtime: workerdRuntime(check),
    clock: workerdClock(check),
    entropy: {
      fill: (bytes) => {
        for (let i = 0; i < bytes.length; i += MAX_FILL) crypto.getRandomValues(bytes.subarray(i, i + MAX_FILL));
      },
    },
    connector: workerdConnector(),
    maxConnections: MAX_CONNECTIONS,
    codecs: workerdCodecs(),
    crypto: webCrypto(crypto.subtle),
    utf8: { encode: (value) => text.encode(value), decode: (bytes) => utf8.decode(bytes) },
    drain: () => new Promise((resolve) => void setTimeout(resolve, 0)),
    log: logToConsole,
    fetch: workerdFetch,
    environment: (name) => workerdGlobals().process?.env?.[name],
  };
}

/** Prints only warnings and errors, unless more is asked for: a library should be silent while all goes well. */
function logToConsole(entry: LogEntry, least: LogLevel = "warn"): void {
  const level = LEVELS.indexOf(entry.level);
  if (level < LEVELS.indexOf(least)) return;
  const fields = Object.entries(entry.fields)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ");
  const isLow = entry.level === "debug" || entry.level === "info";
  const line = `odradek: ${isLow ? `${entry.level}: ` : ""}${entry.message}${fields === "" ? "" : ` (${fields})`}`;
  console[entry.level === "error" ? "error" : "warn"](line);
}
