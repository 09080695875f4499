import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { SUBPROTOCOL } from "../../../tunnel/control-message.ts";
import { MESSAGE_BYTES } from "../../../tunnel/window-limits.ts";
import type { Delay } from "../../../runtime/async-runtime.ts";
import { nodeConnector } from "../connector.ts";
import { nodeRuntime } from "../runtime.ts";
import { type TunnelOptions, type TunnelSettings, tunnelSettings } from "./options.ts";
import { Slabs } from "./slabs.ts";
import { TunnelConnection } from "./tunnel-connection.ts";

/** How often connections are checked. Proxies close WebSockets that are silent for a minute. */
const CHECK_MS = 25_000;

/** The parts of Node's `IncomingMessage` that a tunnel reads; its types need no types of Node. */
export interface UpgradeRequest {
  /** The path, with the query. */
  readonly url?: string | undefined;
  /** The header fields, by their names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The socket; its address is for the log. */
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Connects web pages to brokers, through WebSockets of an HTTP server. */
export interface Tunnel {
  /** The number of open connections. */
  readonly connectionCount: number;
  /**
   * Handles the event `upgrade` of an HTTP server: `server.on("upgrade", tunnel.upgrade)`. Needs no `this`. Returns
   * false, and leaves the request alone, if its path is not the tunnel's.
   */
  readonly upgrade: (request: UpgradeRequest, socket: object, head: Uint8Array) => boolean;
  /** Closes all connections, and refuses new ones. The HTTP server stays open. Idempotent. */
  readonly close: () => void;
}

/**
 * Creates the other end of `webSocketConnector`, for an HTTP server of your own; `odradek tunnel` is one with a server.
 * Throws kind `config` for a wrong option. A client's password passes the tunnel in clear text, also if the tunnel
 * speaks TLS to the broker: use `wss`, and run the tunnel where you would run a client.
 */
export function createTunnel(options: TunnelOptions): Tunnel {
  const tunnel = new HttpTunnel(tunnelSettings(options));
  return {
    get connectionCount() {
      return tunnel.connectionCount;
    },
    upgrade: (request, socket, head) => tunnel.upgrade(request as never, socket as never, head),
    close: () => tunnel.close(),
  };
}

class HttpTunnel {
  readonly #settings: TunnelSettings;
  readonly #connector = nodeConnector();
  readonly #runtime = nodeRuntime();
  readonly #slabs = new Slabs();
  readonly #connections = new Map<TunnelConnection, WebSocket>();
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MESSAGE_BYTES,
    handleProtocols: () => SUBPROTOCOL,
  });
  #nextCheck: Delay | undefined;
  #isClosed = false;

  constructor(settings: TunnelSettings) {
    this.#settings = settings;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): boolean {
    const { path, origins, onLog } = this.#settings;
    if (path !== undefined && request.url?.split("?", 1)[0] !== path) return false;
    const from = request.socket.remoteAddress ?? "unknown";
    const { origin } = request.headers;
    const protocols = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
    if (this.#isClosed) refuseRequest(socket, "503 Service Unavailable", "the tunnel is closed");
    else if (!protocols.includes(SUBPROTOCOL))
      refuseRequest(socket, "400 Bad Request", `this tunnel speaks only the WebSocket protocol ${SUBPROTOCOL}`);
    else
      this.#server.handleUpgrade(
        request,
        socket,
        Buffer.from(head.buffer, head.byteOffset, head.length),
        (page: WebSocket) => {
          if (origins.has(origin)) this.#accept(page, from);
          else {
            const message = `the tunnel does not allow pages of ${origin ?? ""}; its operator can add it to --origin`;
            onLog({ level: "warn", message: `tunnel: ${from}: ${message}`, fields: { from, origin } });
            refusePage(page, message);
          }
        },
      );
    return true;
  }

  close(): void {
    this.#isClosed = true;
    this.#nextCheck?.[Symbol.dispose]();
    this.#nextCheck = undefined;
    for (const [connection, page] of this.#connections) {
      connection.goAway();
      page.terminate(); // a page that does not read must not keep the server open
    }
    this.#connections.clear();
  }

  #accept(page: WebSocket, from: string): void {
    const host = { settings: this.#settings, connector: this.#connector, isSameToken, from };
    const connection = new TunnelConnection(page, host, this.#slabs.reader());
    const { maxConnections } = this.#settings;
    if (this.#connections.size >= maxConnections) {
      connection.refuse("connection", `the tunnel has ${maxConnections} connections, its limit`, true);
      return;
    }
    this.#connections.set(connection, page);
    page.on("close", () => this.#connections.delete(connection));
    if (this.#nextCheck === undefined) this.#checkLater();
  }

  /** Pages that have gone without a word, and those that never name a broker, must not keep connections. */
  #checkLater(): void {
    const awaiting = [...this.#connections.keys()].filter(({ isAwaiting }) => isAwaiting);
    const delay: Delay = this.#runtime.delayFor(CHECK_MS);
    this.#nextCheck = delay;
    delay.unref?.();
    delay.then(() => {
      delay[Symbol.dispose]();
      this.#nextCheck = undefined;
      for (const connection of this.#connections.keys()) {
        if (connection.isAwaiting && awaiting.includes(connection))
          connection.refuse("connection", "the page has not said which broker it wants", true);
        else connection.ping();
      }
      if (this.#connections.size > 0) this.#checkLater();
    });
  }
}

function refuseRequest(socket: Duplex, status: string, text: string): void {
  socket.on("error", () => undefined); // the page has gone
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
}

/**
 * Tells a page of a foreign origin why it is refused. An HTTP error would be the same to it as a tunnel that does not
 * run: a browser hides the status. Nothing that the page sends is read.
 */
function refusePage(page: WebSocket, message: string): void {
  page.on("error", () => undefined); // the page has gone
  page.pause();
  page.send(JSON.stringify({ type: "closed", kind: "connection", message, retriable: false }), () => page.terminate());
}

function isSameToken(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
