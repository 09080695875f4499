/** The part of the browser's `WebSocket` that the connector uses; the package `ws` of npm has it too. */
export interface WebSocketLike {
  binaryType: string;
  /** The state as a number: 1 is open. */
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  /** Sends a message, which is copied. */
  send(message: string | Uint8Array): void;
  /** Ends the connection. */
  close(code?: number, reason?: string): void;
}

/** Creates a WebSocket: the constructor of the host. */
export type WebSocketMaker = new (url: string, protocols: string) => WebSocketLike;
