/** How a client asks a proxy for a connection to a target: without I/O, for any split of the bytes. */
export interface ProxyHandshake {
  /** The bytes to send first. */
  readonly first: Uint8Array;
  /** The answer that is awaited, for the error of a time limit. */
  readonly awaited: string;
  /** Takes bytes of the proxy. Throws the error with which the connection fails. */
  received(bytes: Uint8Array): ProxyStep;
}

/** The result of received bytes: the bytes to send next, and once the tunnel is open, those that belong to it. */
export interface ProxyStep {
  readonly send?: Uint8Array;
  /** The tunnel is open. The bytes after the proxy's last answer, mostly none. */
  readonly rest?: Uint8Array;
}
