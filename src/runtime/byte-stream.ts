import type { KafkaError } from "../errors/kafka-error.ts";
import type { AbortSignalLike } from "./cancellation.ts";

/**
 * Where a stream pushes what it reads. Push, not pull: Node asks for the next read buffer before any promise can run,
 * and allocation is what receiving costs, so the sink chooses the memory.
 */
export interface ByteSink {
  /** Where the next bytes go; never empty. Called before each read; the same answer may be given again. */
  buffer(): Uint8Array;
  /**
   * The bytes that came. The view may lie on another ArrayBuffer than the one that was offered (bring-your-own-buffer
   * readers). False stops reading until `resume()`: that is the back-pressure.
   */
  filled(view: Uint8Array): boolean;
  /**
   * Called once, last: the peer ended the stream (no error), or it broke. Never called after the owner's own `close()`.
   */
  closed(error?: KafkaError): void;
}

/** One open connection: bytes out by `write`, bytes in by the sink it was opened with. */
export interface ByteStream {
  /** `host:port` of the other end, for messages. */
  readonly remote: string;
  /**
   * Owns the chunks until it settles: when the host has taken them, or rejected with kind `connection`. Writes keep
   * their order.
   */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /** Reads again after `filled` answered false. */
  resume(): void;
  /** Ends the connection at once, in both directions. Harmless when repeated. Pending writes settle. */
  close(): void;
  /** Whether the open connection keeps the process alive. Absent where the host has no such notion. */
  ref?(): void;
  /** The process may end although the connection is open. */
  unref?(): void;
}

/**
 * TLS of one connection, in the names that Node and the other hosts share. Certificates and keys are in PEM, as text or
 * as the bytes of a file.
 */
export interface TlsOptions {
  /** The authorities whose certificates are trusted, in place of those that the host knows. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** The client's certificate, with those that sign it: for brokers that ask for one. */
  readonly cert?: string | Uint8Array;
  /** The private key of {@link cert}. */
  readonly key?: string | Uint8Array;
  /** What {@link key} is encrypted with. Default: it is not encrypted. */
  readonly passphrase?: string;
  /**
   * The name that the broker's certificate must have, and that is sent to it (SNI). Default: the
   * host that is connected to.
   */
  readonly servername?: string;
  /** Default true. False accepts any certificate: for tests only. */
  readonly rejectUnauthorized?: boolean;
}

/** Where a connector connects to. */
export interface ConnectTarget {
  readonly host: string;
  readonly port: number;
  /** How to encrypt the connection. Absent: not at all. */
  readonly tls?: TlsOptions;
}

/** Opens connections. One of the user's own is how proxies, tunnels and address rewriting work. */
export interface Connector {
  /**
   * Rejects with kind `connection` and a message that names the address and the reason; with `authentication` where TLS
   * was refused, `unsupported` for what this connector cannot do and `config` for a wrong option, none of which is
   * retried; with `cancelled` when the signal fires.
   */
  connect(target: ConnectTarget, sink: ByteSink, options: { readonly signal?: AbortSignalLike }): Promise<ByteStream>;
  /**
   * All addresses of a name. Without it the connector resolves names by itself, as
   * Node's does, and tries each address: a silent one must not cost the whole time.
   */
  resolve?(host: string): Promise<readonly string[]>;
}

/** Where a listener listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0 lets the host choose. */
  readonly port: number;
}

/** A port that is listened on, by its true address. */
export interface ListeningSocket {
  readonly host: string;
  readonly port: number;
  /** Stops accepting. Streams that are open stay open. */
  close(): Promise<void>;
}

/** Accepts connections, for the embedded cluster. */
export interface Listener {
  /** `accept` is called with each new connection and answers with the sink for what it reads. */
  listen(address: ListenAddress, accept: (stream: ByteStream) => ByteSink): Promise<ListeningSocket>;
}
