/** Certificates or a key in PEM: a text, the bytes of a file, or a list of them. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/**
 * A value, or a function that returns it. The function is called for each new connection, so that certificates can be
 * replaced while the client runs. If it throws, that attempt to connect fails, and the next attempt calls it again.
 */
export type PerConnect<T> = T | (() => T | PromiseLike<T>);

/** The version of TLS. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/**
 * TLS of one connection, with the names that Node and the other hosts share. Certificates and keys are in PEM.
 * docs/security.md shows how to use these options.
 */
export interface TlsOptions {
  /**
   * The trusted certificate authorities. Default: those that the host trusts; Node, Bun and Deno have a list of their
   * own. Java: `ssl.truststore.certificates`.
   */
  readonly ca?: PerConnect<Pem> | undefined;
  /**
   * The client's certificate, followed by the certificates of its chain, for brokers that require one. It needs `key`.
   * Java: `ssl.keystore.certificate.chain`.
   */
  readonly cert?: PerConnect<Pem> | undefined;
  /** The private key of `cert`. Java: `ssl.keystore.key`. */
  readonly key?: PerConnect<Pem> | undefined;
  /** The password of `key` or `pfx`. Default: it is not encrypted. Java: `ssl.key.password`. */
  readonly passphrase?: PerConnect<string> | undefined;
  /**
   * The client's certificate and key as the bytes of a PKCS12 file, instead of `cert` and `key`. Java:
   * `ssl.keystore.location`.
   */
  readonly pfx?: PerConnect<Uint8Array> | undefined;
  /**
   * The name that the broker's certificate must have; it is also sent to the broker (SNI). A function gets the host and
   * port of the broker. Default: the broker's host.
   */
  readonly servername?: string | ((host: string, port: number) => string) | undefined;
  /** The application protocols to offer (ALPN). Brokers ignore them; some proxies need them. Default: none. */
  readonly alpnProtocols?: readonly string[] | undefined;
  /** The lowest version of TLS. Default: that of the host, which is TLSv1.2. Java: `ssl.enabled.protocols`. */
  readonly minVersion?: TlsVersion | undefined;
  /** The highest version of TLS. Default: that of the host, which is TLSv1.3. Java: `ssl.enabled.protocols`. */
  readonly maxVersion?: TlsVersion | undefined;
  /** The ciphers by their OpenSSL names, separated by colons. Default: those of the host. Java: `ssl.cipher.suites`. */
  readonly ciphers?: string | undefined;
  /**
   * Checks the name in the broker's certificate instead of the host; the certificate itself is valid. Return an error
   * to refuse it, undefined to accept it. `host` is the name that is expected. Default: the host's own check of names.
   */
  checkServerIdentity?(host: string, certificate: ServerCertificate): Error | undefined;
  /** Whether to verify the broker's certificate. Default true. False accepts any certificate: use it only in tests. */
  readonly rejectUnauthorized?: boolean | undefined;
}

/** The certificate of a broker, as the host's TLS describes it. */
export interface ServerCertificate {
  /** The name of its owner. */
  readonly subject: { readonly CN?: string | readonly string[]; readonly O?: string | readonly string[] };
  /** The name of the authority that issued it. */
  readonly issuer: { readonly CN?: string | readonly string[]; readonly O?: string | readonly string[] };
  /** The names it is valid for, for example `DNS:kafka.example.com, IP Address:10.0.0.1`. */
  readonly subjectaltname?: string | undefined;
  /** The start of its validity, for example `Jan  1 00:00:00 2026 GMT`. */
  readonly valid_from: string;
  /** The end of its validity. */
  readonly valid_to: string;
  /** Its SHA-256 fingerprint, in hex with colons. */
  readonly fingerprint256: string;
  /** The whole certificate in DER. */
  readonly raw: Uint8Array;
}
