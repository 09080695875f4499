import type { KafkaError } from "../errors/kafka-error.ts";
import type { AbortSignalLike } from "./cancellation.ts";
import type { TlsOptions } from "./tls-options.ts";

export type { Pem, PerConnect, ServerCertificate, TlsOptions, TlsVersion } from "./tls-options.ts";

/**
 * Receives what a stream reads. The stream pushes instead of being pulled, because Node asks for the next read buffer
 * before any promise can run. The sink chooses the memory, because allocation is the main cost of receiving.
 */
export interface ByteSink {
  /** The memory for the next bytes; never empty. Called before each read. It may return the same memory again. */
  buffer(): Uint8Array;
  /**
   * Accepts received bytes. The view may lie in another ArrayBuffer than the offered one (bring-your-own-buffer
   * readers). Return false to stop reading until `resume()`: this is the back-pressure.
   */
  filled(view: Uint8Array): boolean;
  /**
   * Called once, last: the peer has ended the stream (no error), or the stream broke. Never called after the owner's
   * own `close()`.
   */
  closed(error?: KafkaError): void;
}

/** One open connection: `write` sends bytes, and received bytes go to the sink that it was opened with. */
export interface ByteStream {
  /** `host:port` of the other end, for messages. */
  readonly remote: string;
  /**
   * The name in the certificate that the other end has shown and proved to own, the most specific part first (RFC
   * 2253), for example `CN=alice,O=Odradek`. Undefined without such a certificate.
   */
  readonly peerName?: string | undefined;
  /**
   * Sends the chunks in the order of the calls. It owns them until the promise settles: when the host has accepted
   * them, or with kind `connection`.
   */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /** Continues reading after `filled` returned false. */
  resume(): void;
  /** Closes the connection at once, in both directions. Idempotent. Pending writes settle. */
  close(): void;
  /** Makes the open connection keep the process alive. Absent if the host has no such concept. */
  ref?(): void;
  /** Lets the process end although the connection is open. */
  unref?(): void;
}

/** The target of a connection. */
export interface ConnectTarget {
  /** The host's name or IP address. */
  readonly host: string;
  /** The port, from 1 to 65535. */
  readonly port: number;
  /** How to encrypt the connection. Default: it is not encrypted. `readTls` calls the functions among the options. */
  readonly tls?: TlsOptions;
}

/** Opens connections. Pass your own for proxies, tunnels and address rewriting. */
export interface Connector {
  /**
   * Opens a connection. Rejects with kind `connection` and a message that names the address and the reason. Rejects
   * with `authentication` if TLS was refused, `unsupported` for a feature that this connector lacks, and `config` for a
   * wrong option; none of these is retried. Rejects with `cancelled` when the signal fires.
   */
  connect(target: ConnectTarget, sink: ByteSink, options: { readonly signal?: AbortSignalLike }): Promise<ByteStream>;
  /**
   * All addresses of a name. Each is tried in turn, because one silent address must not use up the whole time. A
   * connector without this method resolves names and tries addresses itself, as Node's does.
   */
  resolve?(host: string): Promise<readonly string[]>;
  /**
   * A connector that opens its connections through a proxy, for the option `proxy`. Throws kind `config` if it is not a
   * proxy's address. Without this method, the option is refused.
   */
  through?(proxy: string): Connector;
  /**
   * The `tls` options that this connector can follow, for example `["servername"]`. If the user sets another one,
   * `new Kafka()` throws kind `unsupported`. Without this member, it follows all.
   */
  readonly tlsOptions?: readonly string[];
  /**
   * Checks the values of the `tls` options when the client is created, so that mistakes are found before the first
   * connection. Throws kind `config`. `checkTlsValues` of `odradek/runtime` does so.
   */
  checkTls?(tls: TlsOptions): void;
}

/** TLS of a listener. Certificates and keys are in PEM, as text or as the bytes of a file. */
export interface ListenTls {
  /** The listener's certificate and its chain. Java: `ssl.keystore.certificate.chain`. */
  readonly cert: string | Uint8Array;
  /** The private key of `cert`. Java: `ssl.keystore.key`. */
  readonly key: string | Uint8Array;
  /** The password of `key`. Default: the key is not encrypted. Java: `ssl.key.password`. */
  readonly passphrase?: string;
  /** The authorities whose certificates clients may show. Java: `ssl.truststore.certificates`. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /**
   * Whether clients must show a certificate, may show one, or are not asked. Default `"none"`; the others need `ca`.
   * Java: `ssl.client.auth`.
   */
  readonly clientAuth?: "none" | "requested" | "required";
}

/** The address for a listener. */
export interface ListenAddress {
  /** The name or IP address of the interface to listen on. */
  readonly host: string;
  /** The port; 0 lets the host choose one. */
  readonly port: number;
  /** How connections are encrypted. Default: they are not. Passed only to a listener whose `hasTls` is true. */
  readonly tls?: ListenTls;
}

/** A listening port, with its actual address. */
export interface ListeningSocket {
  /** The name or IP address of the interface. */
  readonly host: string;
  /** The port, also where the host chose it. */
  readonly port: number;
  /** Stops accepting connections. Open streams stay open. */
  close(): Promise<void>;
}

/** Accepts connections, for the embedded cluster. */
export interface Listener {
  /** Whether `listen` takes `tls`. Default false: brokers with TLS are then refused. */
  readonly hasTls?: boolean;
  /** Calls `accept` with each new connection; it returns the sink for the bytes that are read. */
  listen(address: ListenAddress, accept: (stream: ByteStream) => ByteSink): Promise<ListeningSocket>;
}
