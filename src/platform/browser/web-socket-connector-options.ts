import type { WebSocketMaker } from "./web-socket.ts";

/** Options of `webSocketConnector`. */
export interface WebSocketConnectorOptions {
  /**
   * The secret that the tunnel asks for, or a function that returns it or a promise of it and is called for each
   * connection. It is sent in the first message and not in the URL, which servers write to their logs. Default: none.
   */
  readonly token?: string | (() => string | PromiseLike<string>);
  /**
   * The most bytes of each connection that wait for this page, in bytes: from 65536 to 67108864. Default 1048576: with
   * a round trip of 50 ms this allows 20 MB/s. The tunnel stops reading from the broker when this many bytes are on
   * their way.
   */
  readonly windowBytes?: number;
  /** The class of the sockets, for hosts without a global `WebSocket`. Default: the global one. */
  readonly WebSocket?: WebSocketMaker;
}
