import type { KafkaErrorKind } from "../../errors/kafka-error.ts";
import { TLS_HANG_UP } from "../../runtime/tls-hang-up.ts";
import { NO_PASSPHRASE } from "../../runtime/tls-values.ts";
import { type CertificateFacts, dateText } from "./certificate-facts.ts";

/** The meaning of a TLS error. */
export interface TlsFault {
  readonly kind: KafkaErrorKind;
  readonly retriable: boolean;
  /** The cause and the remedy, as a part of an error text. */
  readonly words: string;
}

/** The facts of a connection that the words of an error show. */
export interface TlsFacts {
  /** The name or address that the broker's certificate must have. */
  readonly identity: string;
  /** The time, in ms since the epoch. */
  readonly nowMs: number;
  /** The broker's certificate, if the host shows it. */
  readonly peer?: CertificateFacts | undefined;
  /** The client's certificate, if the host can read it. */
  readonly client?: CertificateFacts | undefined;
  /** Whether the client has a certificate. */
  readonly hasClientCertificate: boolean;
  /** Whether `tls.ca` is set. */
  readonly hasCa: boolean;
  /** The versions that the client offers, for example `TLSv1.3`; undefined if they are the host's. */
  readonly versions?: string | undefined;
  /** Whether the handshake has not ended yet. */
  readonly isOpening: boolean;
}

/** The code and the text of a host's error. */
export interface HostError {
  readonly code: string;
  readonly message: string;
  /** The broker's certificate, of an error about its names. */
  readonly cert?: unknown;
}

type Rule = readonly [code: RegExp, words: string | ((facts: TlsFacts, error: HostError) => string)];

/** The code of an error with which the user's own check refuses the broker's certificate. */
export const OWN_VERDICT = "ERR_CHECK_SERVER_IDENTITY";

/** Node's codes for OpenSSL's verdicts on the broker's certificate. Bun and Deno have the same. */
const VERDICTS: readonly Rule[] = [
  [
    /^ERR_CHECK_SERVER_IDENTITY$/,
    (_, { message }) => `tls.checkServerIdentity refused the broker's certificate: ${message}`,
  ],
  [/^CERT_HAS_EXPIRED$/, expired],
  [/^CERT_NOT_YET_VALID$/, notYetValid],
  [/^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/, wrongHost],
  [/^(UNABLE_TO_(GET|VERIFY)_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_|CERT_UNTRUSTED)/, unknownIssuer],
  [/^CERT_REVOKED$/, "the broker's certificate is revoked: the broker needs a new one"],
  [/^INVALID_PURPOSE$/, "the broker's certificate is not for servers: its extendedKeyUsage must include serverAuth"],
  [/^(CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|INVALID_|PATH_LENGTH_|ERROR_IN_CERT|ERR_TLS_CERT_|UNSPECIFIED$)/, refused],
];

/** Alerts of the broker about the client's certificate. OpenSSL, BoringSSL and rustls name them alike. */
const CLIENT_CERTIFICATE =
  /ALERT_(BAD_|NO_|UNSUPPORTED_)?CERTIFICATE|ALERT_(UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR|CERTIFICATE_\w+)/;
/** Alerts about temporary trouble of the other end, or about bytes that were damaged on the way. */
const PASSING =
  /ALERT_(INTERNAL_ERROR|CLOSE_NOTIFY|USER_CANCELL?ED|BAD_RECORD_MAC|DECODE_ERROR|UNEXPECTED_MESSAGE|RECORD_OVERFLOW)/;
/** The bytes of the other end are no TLS. */
const ANOTHER_PROTOCOL = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTPS?_(PROXY_)?REQUEST|UNKNOWN_PROTOCOL/;
const SSL = /^(ERR_SSL_|EPROTO$|ERR_OSSL_)/;

const HANDSHAKE: readonly Rule[] = [
  [CLIENT_CERTIFICATE, clientCertificate],
  [/ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE/, version],
  [
    /ALERT_HANDSHAKE_FAILURE|NO_SHARED_CIPHER|ALERT_INSUFFICIENT_SECURITY|NO_CIPHERS_AVAILABLE/,
    ({ hasClientCertificate }) =>
      "the broker and this client have no cipher or key type in common: check tls.ciphers and the broker's " +
      `ssl.cipher.suites${hasClientCertificate ? "" : ", and whether the broker requires tls.cert and tls.key"}`,
  ],
  [
    /UNRECOGNIZED_NAME/,
    ({ identity }) => `the other end does not serve the name ${identity} (SNI): set tls.servername to one that it does`,
  ],
  [/NO_APPLICATION_PROTOCOL/, "the other end accepts none of tls.alpnProtocols: leave it out, or set one that it does"],
  [/(KEY_TOO_SMALL|MD_TOO_WEAK)/, "a certificate is too weak for this host's security level: it needs a longer key"],
  [/.*/, (_, { message }) => `the TLS handshake failed: ${message}`],
];

/**
 * The meaning of an error of the host while TLS is in use; undefined if it does not concern TLS. With TLS 1.3 the
 * broker refuses a client certificate only after the handshake, at the first read.
 */
export function tlsFault(error: HostError, facts: TlsFacts): TlsFault | undefined {
  const { code } = error;
  if (PASSING.test(code))
    return { kind: "connection", retriable: true, words: `the other end broke off TLS (${code}); it is retried` };
  if (facts.isOpening && /^(ECONNRESET|EPIPE|ECONNABORTED)$/.test(code)) return hangUp();
  if (facts.isOpening && ANOTHER_PROTOCOL.test(code)) return anotherProtocol();
  const verdict = facts.isOpening ? wordsOf(VERDICTS, error, facts) : undefined;
  if (verdict !== undefined) return final(verdict);
  // Later, only an alert of the broker is about identity. Other errors are damage on the way.
  if (!SSL.test(code) || (!facts.isOpening && !code.includes("ALERT"))) return undefined;
  return final(wordsOf(HANDSHAKE, error, facts) ?? "");
}

/** Errors that `tls.connect` and `node:crypto` throw for the options of the client, before anything is sent. */
const OPTIONS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/MISSING_PASSPHRASE|BAD_PASSWORD_READ|INTERRUPTED_OR_CANCELLED|Passphrase required/i, `tls.${NO_PASSPHRASE}`],
  [
    /mac verif|MAC_VERIFY_FAILURE|INCORRECT_PASSWORD|wrong password/i,
    "tls.passphrase does not open tls.pfx: set it to the password of the PKCS12 file",
  ],
  [/BAD_DECRYPT|bad decrypt/i, "tls.passphrase does not open tls.key: set it to the password of the key"],
  [
    /KEY_VALUES_MISMATCH|KEY_TYPE_MISMATCH/i,
    "tls.key is not the private key of tls.cert: set the two that belong together",
  ],
  [
    /NO_CIPHER_MATCH|INVALID_CIPHER|no cipher/i,
    "tls.ciphers names no cipher of this host: use OpenSSL's names, separated by colons (openssl ciphers lists them)",
  ],
  [
    /PKCS12|not enough data|header too long|wrong tag|ASN1|UNSUPPORTED_OPERATION/i,
    "tls.pfx, or the key, is not in a form that this host reads. A PKCS12 file with old ciphers: " +
      "openssl pkcs12 -legacy -in FILE -out store.pem, and pass store.pem as cert and as key",
  ],
  [
    /NO_START_LINE|UNSUPPORTED|DECODER|BAD_BASE64|BAD_END_LINE|Invalid (CA|key|cert)/i,
    // One wrong passphrase of 256 seems to open a key, because the last byte of the result happens to be valid padding.
    "a certificate or key cannot be read: its PEM is damaged, or encrypted by an old algorithm (openssl pkcs8 -topk8 " +
      "converts a key), or tls.passphrase is wrong",
  ],
  [/KEY_TOO_SMALL|MD_TOO_WEAK/i, "tls.cert is too weak for this host's security level: it needs a longer key"],
];

/** The host has no TLS at all. */
const NO_TLS = /^(ERR_NO_CRYPTO|MODULE_NOT_FOUND|ERR_UNKNOWN_BUILTIN_MODULE|ERR_FEATURE_UNAVAILABLE_ON_PLATFORM)$/;

/**
 * The meaning of an error that was thrown for the options of TLS. Unknown texts are not shown: hosts print the values
 * of arguments, and one of these may be a secret.
 */
export function tlsOptionFault({ code, message }: HostError): TlsFault {
  if (NO_TLS.test(code)) return { kind: "unsupported", retriable: false, words: `this platform has no TLS (${code})` };
  const both = `${code} ${message}`;
  const words = OPTIONS.find(([pattern]) => pattern.test(both))?.[1];
  const shown = code === "" ? "" : ` (${code})`;
  return { kind: "config", retriable: false, words: `${words ?? "the tls options are not accepted"}${shown}` };
}

function wordsOf(rules: readonly Rule[], error: HostError, facts: TlsFacts): string | undefined {
  const words = rules.find(([code]) => code.test(error.code))?.[1];
  return words === undefined ? undefined : `${typeof words === "string" ? words : words(facts, error)} (${error.code})`;
}

/** No retry can help. */
function final(words: string): TlsFault {
  return { kind: "authentication", retriable: false, words };
}

function hangUp(): TlsFault {
  const words =
    `${TLS_HANG_UP}. A broker that restarts does so, and so does a port without TLS: is this the port of a listener ` +
    "with SSL or SASL_SSL?";
  return { kind: "connection", retriable: true, words };
}

function anotherProtocol(): TlsFault {
  const words =
    "the port speaks another protocol than TLS: use the port of a listener with SSL or SASL_SSL, or remove tls";
  return { kind: "connection", retriable: false, words };
}

function expired({ peer, nowMs }: TlsFacts): string {
  // The expired one may be that of an authority in between.
  const isOwn = peer !== undefined && peer.toMs < nowMs;
  return isOwn
    ? `the broker's certificate expired on ${dateText(peer.toMs)}: the broker needs a new one`
    : "the broker's certificate, or one of its chain, has expired: the broker needs a new one, or this clock is wrong";
}

function notYetValid({ peer }: TlsFacts): string {
  const when = peer === undefined ? "" : ` before ${dateText(peer.fromMs)}`;
  return `the broker's certificate is not valid${when}: check the clock of this machine`;
}

function wrongHost({ peer, identity }: TlsFacts): string {
  const names = peer?.names === undefined ? "" : `; it has ${peer.names}`;
  return (
    `the broker's certificate is not for ${identity}${names}: connect by a name that the certificate has ` +
    "(advertised.listeners of the broker), or set tls.servername to one"
  );
}

function unknownIssuer({ peer, hasCa }: TlsFacts, { code }: HostError): string {
  // Deno has one code for both.
  const orExpired = peer === undefined && code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE" ? ", or it has expired" : "";
  const issuer = peer === undefined || peer.issuer === "" ? "" : ` (${peer.issuer})`;
  const who = peer !== undefined && peer.issuer === peer.subject ? "it signed itself" : `its authority${issuer}`;
  const where = hasCa ? "is not among those of tls.ca" : "is not one that this host trusts";
  const what = who === "it signed itself" ? `${who} and is not trusted` : `${who} ${where}`;
  return `the broker's certificate is refused, because ${what}${orExpired}: pass the certificate of its authority as tls.ca`;
}

function refused(_: TlsFacts, { message }: HostError): string {
  return `the broker's certificate is refused: ${message}`;
}

function version({ versions }: TlsFacts): string {
  const ours = versions === undefined ? "of this host" : `that are set here (${versions})`;
  return (
    `the broker speaks none of the versions of TLS ${ours}: change tls.minVersion and tls.maxVersion, or ` +
    "ssl.enabled.protocols of the broker"
  );
}

function clientCertificate({ client, hasClientCertificate, nowMs }: TlsFacts): string {
  if (!hasClientCertificate) return "the broker requires a client certificate: set tls.cert and tls.key, or tls.pfx";
  if (client === undefined) return "the broker refused the client certificate: is it one that the broker trusts?";
  const dates = `valid from ${dateText(client.fromMs)} to ${dateText(client.toMs)}`;
  const isExpired = client.toMs < nowMs;
  return (
    `the broker refused the client certificate of ${client.subject} (issued by ${client.issuer}, ${dates}): ` +
    (isExpired ? "it has expired, and a new one is needed" : "it must be issued by an authority that the broker trusts")
  );
}
