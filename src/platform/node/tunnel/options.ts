import { KafkaError } from "../../../errors/kafka-error.ts";
import { callback, errorOf, shape, text, wholeFrom, anything } from "../../../errors/shape.ts";
import type { LogEntry } from "../../../runtime/platform.ts";
import { checkTlsValues } from "../../../runtime/tls-check.ts";
import type { Pem } from "../../../runtime/tls-options.ts";
import { AllowedAddresses } from "../../../tunnel/allowed-addresses.ts";
import { AllowedOrigins } from "../../../tunnel/allowed-origins.ts";
import { MAX_WINDOW_BYTES, MESSAGE_BYTES } from "../../../tunnel/window-limits.ts";

/** Options of `createTunnel`. Only `allow` is required. */
export interface TunnelOptions {
  /**
   * The brokers that pages may reach, as `host:port`, exactly as the brokers advertise them: every broker of the
   * cluster, and the bootstrap servers. All other addresses are refused before anything is opened.
   */
  readonly allow: readonly string[];
  /**
   * A secret that pages must have, in `webSocketConnector(url, { token })`. Everyone who can load the page can read it
   * there, unless your server gives it only to users who are logged in. Default: none.
   */
  readonly token?: string;
  /**
   * The origins of the pages that may connect, for example `["https://shop.example"]`; `["*"]` allows every page.
   * Default: pages of this machine (`http://localhost`, any port). Programs that are not browsers send no origin and
   * are not restricted by this.
   */
  readonly origins?: readonly string[];
  /** The path at which the tunnel answers, for example `"/kafka"`; others are left alone. Default: every path. */
  readonly path?: string;
  /**
   * The authorities that have signed the brokers' certificates, in PEM, for clients with the option `tls`. Default:
   * those that Node trusts. Java: `ssl.truststore.certificates`.
   */
  readonly ca?: Pem;
  /** The most connections at the same time; a client has two or three to each broker. Default 1000. */
  readonly maxConnections?: number;
  /** The most bytes that one connection may carry, in both directions together. Default: no limit. */
  readonly maxConnectionBytes?: number;
  /**
   * The most bytes that wait in this process for each connection and direction, in bytes: from 65536 to 67108864.
   * Default 1048576. So 1000 connections whose pages do not read need at most about 1 GB.
   */
  readonly windowBytes?: number;
  /** Gets a line for each connection that is opened (`debug`) or refused (`warn`). Default: no lines. */
  readonly onLog?: (entry: LogEntry) => void;
}

/** The options of a tunnel, checked. */
export interface TunnelSettings {
  readonly allow: AllowedAddresses;
  readonly origins: AllowedOrigins;
  readonly token: string | undefined;
  readonly path: string | undefined;
  readonly ca: Pem | undefined;
  readonly maxConnections: number;
  readonly maxConnectionBytes: number;
  readonly windowBytes: number;
  readonly onLog: (entry: LogEntry) => void;
}

const OPTIONS = shape({
  allow: anything,
  token: text,
  origins: anything,
  path: text,
  ca: anything,
  maxConnections: wholeFrom(1),
  maxConnectionBytes: wholeFrom(1),
  windowBytes: wholeFrom(MESSAGE_BYTES, MAX_WINDOW_BYTES),
  onLog: callback,
});

/** Checks the options. Throws kind `config` that names the wrong one. */
export function tunnelSettings(options: TunnelOptions): TunnelSettings {
  const wrong = errorOf(OPTIONS, options, "createTunnel");
  if (wrong !== undefined) throw wrong;
  const { token, path, ca, maxConnections = 1000, maxConnectionBytes = Infinity } = options;
  if (token === "") throw new KafkaError("config", "createTunnel: token is empty: leave it out if there is none");
  if (path !== undefined && !/^\/[^\s?#]*$/.test(path))
    throw new KafkaError("config", `createTunnel: path begins with / and has no query, as "/kafka", not "${path}"`);
  if (ca !== undefined) checkTlsValues({ ca });
  return {
    allow: new AllowedAddresses(options.allow, "createTunnel: allow"),
    origins: new AllowedOrigins(options.origins, "createTunnel: origins"),
    ...{ token, path, ca, maxConnections, maxConnectionBytes },
    windowBytes: options.windowBytes ?? 1024 * 1024,
    onLog: options.onLog ?? ((): void => undefined),
  };
}
