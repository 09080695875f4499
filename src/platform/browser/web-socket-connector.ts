import { KafkaError } from "../../errors/kafka-error.ts";
import { lateCode } from "../../errors/late-code.ts";
import { inWords } from "../../errors/words.ts";
import type { Connector, ConnectTarget } from "../../runtime/byte-stream.ts";
import { MAX_WINDOW_BYTES, type OpenMessage } from "../../tunnel/control-message.ts";
import { MESSAGE_BYTES } from "../../tunnel/credit.ts";
import type { WebSocketMaker } from "./web-socket.ts";

/** Options of {@link webSocketConnector}. */
export interface WebSocketConnectorOptions {
  /**
   * The secret that the tunnel asks for, or a function that returns it or a promise of it and is called for each
   * connection. It is sent in the first message and not in the URL, which servers write to their logs. Default: none.
   */
  readonly token?: string | (() => string | PromiseLike<string>);
  /**
   * How many bytes of each connection may wait for this page, in bytes: from 65536 to 67108864. Default 1048576: with a
   * round trip of 50 ms this allows 20 MB/s. The tunnel stops reading from the broker when so many are on their way.
   */
  readonly windowBytes?: number;
  /** The class of the sockets, for hosts without a global `WebSocket`. Default: the global one. */
  readonly WebSocket?: WebSocketMaker;
}

const NAMES: readonly string[] = ["token", "windowBytes", "WebSocket"];
const WINDOW_BYTES = 1024 * 1024;

/**
 * Reaches brokers through a tunnel: `odradek tunnel` or `createTunnel` of `odradek/tunnel`. `url` begins with `wss://`,
 * or with `ws://`, which is not encrypted. With the client's option `tls` the tunnel speaks TLS to the broker; it uses
 * its own authorities, and follows only `servername`. Throws kind `config` for a wrong URL or option.
 *
 * If the tunnel refuses the token or the address, the call fails at once with kind `connection` and the tunnel's
 * reason; if the tunnel or the broker cannot be reached, it is retried.
 */
export function webSocketConnector(url: string | { readonly href: string }, options: WebSocketConnectorOptions = {}): Connector {
  const href = addressOf(url);
  checkOptions(options);
  const { token, windowBytes = WINDOW_BYTES } = options;
  return {
    tlsOptions: ["servername"],
    async connect(target, sink, { signal }) {
      const remote = `${target.host}:${target.port}`;
      const Socket = options.WebSocket ?? (globalThis as { readonly WebSocket?: WebSocketMaker }).WebSocket;
      if (Socket === undefined)
        throw new KafkaError(
          "unsupported",
          `cannot connect to ${remote}: this host has no WebSocket; pass a class as the option WebSocket`,
          { outcome: "notWritten", address: remote },
        );
      const [secret, { openWebSocketStream }] = await Promise.all([
        secretOf(token, remote),
        lateCode(import("./web-socket-stream.ts"), "the tunnel's connection"),
      ]);
      const { host, port, tls } = target;
      const open: OpenMessage = {
        ...{ type: "open", host, port, tls: tls !== undefined, windowBytes },
        ...servername(target),
        ...(secret === undefined ? {} : { token: secret }),
      };
      return openWebSocketStream({ Socket, url: href, open, sink, signal });
    },
  };
}

function addressOf(url: unknown): string {
  const href = typeof url === "object" && url !== null ? (url as { readonly href?: unknown }).href : url;
  if (typeof href === "string" && /^wss?:\/\/[^\s/?#]+[^\s#]*$/i.test(href)) return href;
  throw new KafkaError(
    "config",
    `webSocketConnector: the URL must begin with wss:// or ws://, as wss://shop.example/kafka, not ${inWords(url)}`,
  );
}

function checkOptions(options: unknown): void {
  if (typeof options !== "object" || options === null)
    throw new KafkaError("config", `webSocketConnector: options takes an object, not ${inWords(options)}`);
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new KafkaError("config", `webSocketConnector: unknown option ${unknown}; there are ${NAMES.join(", ")}`);
  const { token, windowBytes, WebSocket: Socket } = options as WebSocketConnectorOptions;
  if (token !== undefined && typeof token !== "string" && typeof token !== "function")
    throw new KafkaError("config", `webSocketConnector: token takes a string or a function, not ${typeof token}`);
  if (windowBytes !== undefined && !isWindow(windowBytes))
    throw new KafkaError(
      "config",
      `webSocketConnector: windowBytes takes a whole number from ${MESSAGE_BYTES} to ${MAX_WINDOW_BYTES}, not ` +
        inWords(windowBytes),
    );
  if (Socket !== undefined && typeof Socket !== "function")
    throw new KafkaError("config", `webSocketConnector: WebSocket takes a class, not ${inWords(Socket)}`);
}

function isWindow(bytes: unknown): boolean {
  return Number.isInteger(bytes) && (bytes as number) >= MESSAGE_BYTES && (bytes as number) <= MAX_WINDOW_BYTES;
}

async function secretOf(token: WebSocketConnectorOptions["token"], remote: string): Promise<string | undefined> {
  if (typeof token !== "function") return token;
  let cause: unknown;
  try {
    const secret: unknown = await token();
    if (typeof secret === "string") return secret;
  } catch (error) {
    cause = error;
  }
  // The text of the error is left to `cause`, because it may quote a secret.
  throw new KafkaError(
    "connection",
    `cannot connect to ${remote}: the function token of webSocketConnector ` +
      `${cause === undefined ? "returned no string" : "failed"}; it is called again at the next attempt`,
    { cause, retriable: true, address: remote, outcome: "notWritten" },
  );
}

/** The name to expect in the broker's certificate. */
function servername({ host, port, tls }: ConnectTarget): { readonly servername?: string } {
  let name: unknown = tls?.servername;
  if (typeof name === "function") {
    try {
      name = (name as (host: string, port: number) => unknown)(host, port);
    } catch (cause) {
      const address = `${host}:${port}`;
      const message = `cannot connect to ${address}: the function tls.servername failed`;
      throw new KafkaError("connection", message, { cause, retriable: true, address, outcome: "notWritten" });
    }
  }
  return typeof name === "string" ? { servername: name } : {};
}
