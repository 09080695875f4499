// The part of workerd's API that the platform uses. `@cloudflare/workers-types` would declare hundreds of globals, also
// for the rest of this package.

/** A socket of `cloudflare:sockets`. */
export interface WorkerdSocket {
  readonly readable: { getReader(options: { readonly mode: "byob" }): WorkerdReader };
  readonly writable: { getWriter(): WorkerdWriter };
  /** Settles when the connection is open, with TLS when the handshake is done. */
  readonly opened: Promise<unknown>;
  /** Settles when the connection is closed, and rejects if it broke. */
  readonly closed: Promise<unknown>;
  close(): Promise<unknown>;
}

/** Reads into memory of the caller, which the host takes away until it returns it with the bytes. */
export interface WorkerdReader {
  read(
    memory: Uint8Array,
  ): Promise<
    { readonly done: false; readonly value: Uint8Array } | { readonly done: true; readonly value?: Uint8Array }
  >;
}

/** Writes chunks in order. */
export interface WorkerdWriter {
  write(chunk: Uint8Array): Promise<void>;
}

/** The module `cloudflare:sockets`. */
export interface WorkerdSockets {
  connect(
    address: { readonly hostname: string; readonly port: number },
    options: { readonly secureTransport: "off" | "on"; readonly allowHalfOpen: boolean },
  ): WorkerdSocket;
}

/** Half of a pair of WebSockets. */
export interface WorkerdWebSocket {
  readonly readyState: number;
}

/** The globals that other hosts lack, or have in another form. */
export interface WorkerdGlobals {
  readonly WebSocketPair?: new () => Readonly<Record<number, WorkerdWebSocket>>;
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    getBuiltinModule?(name: string): unknown;
  };
}

/** The globals of this host. */
export function workerdGlobals(): WorkerdGlobals {
  return globalThis;
}
