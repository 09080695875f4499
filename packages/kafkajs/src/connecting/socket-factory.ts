/** The part of Node's `net.Socket` that is used. */
export interface SocketLike {
  readonly destroyed?: boolean;
  on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
  on(event: "error", listener: (error: Error & { readonly code?: string }) => void): unknown;
  on(event: "end" | "close" | "timeout", listener: () => void): unknown;
  write(bytes: Uint8Array, done?: (error?: Error | null) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
  cork?(): void;
  uncork?(): void;
  ref?(): unknown;
  unref?(): unknown;
}

/** kafkajs's option `socketFactory`. */
export type SocketFactory = (args: {
  readonly host: string;
  readonly port: number;
  /** The option `ssl` of `new Kafka`. */
  readonly ssl: unknown;
  /** To be called when the socket is ready. */
  readonly onConnect: () => void;
}) => SocketLike;
