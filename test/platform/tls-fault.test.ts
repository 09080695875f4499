// The table of TLS errors: code to kind, whether it is retried, and words.
import { test } from "node:test";
import assert from "node:assert/strict";
import { type TlsFacts, tlsFault, tlsOptionFault } from "../../src/platform/node/tls-fault.ts";

const NOW = Date.parse("2026-06-01");
const FACTS: TlsFacts = {
  identity: "kafka.test",
  nowMs: NOW,
  hasClientCertificate: false,
  hasCa: false,
  isOpening: true,
};
const PEER = {
  subject: "CN=broker",
  issuer: "CN=Root",
  fromMs: Date.parse("2020-01-01"),
  toMs: Date.parse("2021-01-01"),
};
const CLIENT = { ...PEER, subject: "CN=alice", toMs: Date.parse("2030-01-01") };

type Row = readonly [code: string, facts: Partial<TlsFacts>, kind: string, isRetriable: boolean, says: RegExp];

const REFUSED = ["authentication", false] as const;
const ROWS: readonly Row[] = [
  [
    "CERT_HAS_EXPIRED",
    { peer: PEER },
    ...REFUSED,
    /^the broker's certificate expired on 2021-01-01: .* \(CERT_HAS_EXPIRED\)$/,
  ],
  ["CERT_HAS_EXPIRED", {}, ...REFUSED, /or one of its chain, has expired/],
  ["CERT_HAS_EXPIRED", { peer: CLIENT }, ...REFUSED, /or one of its chain, has expired/],
  ["CERT_NOT_YET_VALID", {}, ...REFUSED, /not valid: check the clock/],
  ["CERT_NOT_YET_VALID", { peer: PEER }, ...REFUSED, /not valid before 2020-01-01: check the clock/],
  ["ERR_TLS_CERT_ALTNAME_INVALID", {}, ...REFUSED, /not for kafka\.test: connect by a name/],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    { peer: { ...PEER, names: "DNS:b" } },
    ...REFUSED,
    /not for kafka\.test; it has DNS:b: /,
  ],
  ["HOSTNAME_MISMATCH", {}, ...REFUSED, /not for kafka\.test/],
  [
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    {},
    ...REFUSED,
    /its authority is not one that this host trusts, or it has expired: pass .* tls\.ca/,
  ],
  [
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    { hasCa: true, peer: PEER },
    ...REFUSED,
    /\(CN=Root\) is not among those of tls\.ca/,
  ],
  ["SELF_SIGNED_CERT_IN_CHAIN", { peer: PEER }, ...REFUSED, /its authority \(CN=Root\) is not one/],
  [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    { peer: { ...PEER, issuer: "CN=broker" } },
    ...REFUSED,
    /it signed itself and is not trusted/,
  ],
  ["ERR_CHECK_SERVER_IDENTITY", {}, ...REFUSED, /^tls\.checkServerIdentity refused the broker's certificate: the text/],
  ["CERT_REVOKED", {}, ...REFUSED, /is revoked/],
  ["INVALID_PURPOSE", {}, ...REFUSED, /extendedKeyUsage/],
  ["CERT_SIGNATURE_FAILURE", {}, ...REFUSED, /is refused: the text/],
  ["UNSPECIFIED", {}, ...REFUSED, /is refused: the text/],
  ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", {}, ...REFUSED, /requires a client certificate: set tls\.cert and tls\.key/],
  // Node's code from 22 on.
  ["ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE", { isOpening: false }, ...REFUSED, /requires a client certificate/],
  ["ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", {}, ...REFUSED, /no cipher .* in common/],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", { isOpening: false }, ...REFUSED, /requires a client certificate/],
  [
    "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN",
    { hasClientCertificate: true, client: CLIENT, isOpening: false },
    ...REFUSED,
    /refused the client certificate of CN=alice \(issued by CN=Root, valid from 2020-01-01 to 2030-01-01\): it must be/,
  ],
  [
    "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED",
    { hasClientCertificate: true, client: { ...CLIENT, toMs: NOW - 1 } },
    ...REFUSED,
    /to 2026-05-31\): it has expired/,
  ],
  [
    "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
    { hasClientCertificate: true },
    ...REFUSED,
    /refused the client certificate: is it/,
  ],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", {}, ...REFUSED, /none of the versions of TLS of this host/],
  ["ERR_SSL_UNSUPPORTED_PROTOCOL", { versions: "TLSv1.3 to any" }, ...REFUSED, /that are set here \(TLSv1\.3 to any\)/],
  ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", {}, ...REFUSED, /no cipher .* in common.*requires tls\.cert/],
  ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", { hasClientCertificate: true }, ...REFUSED, /ssl\.cipher\.suites \(/],
  ["ERR_SSL_TLSV1_UNRECOGNIZED_NAME", {}, ...REFUSED, /does not serve the name kafka\.test \(SNI\)/],
  ["ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", {}, ...REFUSED, /none of tls\.alpnProtocols/],
  ["ERR_SSL_SOMETHING_ELSE", {}, ...REFUSED, /^the TLS handshake failed: the text \(ERR_SSL_SOMETHING_ELSE\)$/],
  ["EPROTO", {}, ...REFUSED, /^the TLS handshake failed/],
  ["ERR_SSL_WRONG_VERSION_NUMBER", {}, "connection", false, /another protocol than TLS/],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", {}, "connection", false, /another protocol than TLS/],
  ["ECONNRESET", {}, "connection", true, /^the other end closed the connection during the TLS handshake\./],
  ["EPIPE", {}, "connection", true, /^the other end closed the connection during the TLS handshake\./],
  ["ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", {}, "connection", true, /it is retried/],
  ["ERR_SSL_TLSV1_ALERT_USER_CANCELLED", {}, "connection", true, /it is retried/],
  ["ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC", { isOpening: false }, "connection", true, /broke off TLS \(ERR_SSL_SSLV3/],
  ["ERR_SSL_TLSV1_ALERT_DECODE_ERROR", { isOpening: false }, "connection", true, /broke off TLS/],
];

test("each code has its kind, and words that name the cause and the remedy", () => {
  for (const [code, facts, kind, retriable, says] of ROWS) {
    const fault = tlsFault({ code, message: "the text" }, { ...FACTS, ...facts });
    assert.ok(fault !== undefined, code);
    assert.deepEqual([fault.kind, fault.retriable], [kind, retriable], code);
    assert.match(fault.words, says);
  }
});

test("after the handshake only an alert of the broker is about identity; other errors are of the network", () => {
  const open: TlsFacts = { ...FACTS, isOpening: false };
  for (const code of [
    "ECONNRESET",
    "EPIPE",
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
    "",
  ])
    assert.equal(tlsFault({ code, message: "" }, open), undefined, code);
  for (const code of ["ECONNREFUSED", "ETIMEDOUT", "ENOTFOUND", ""])
    assert.equal(tlsFault({ code, message: "" }, FACTS), undefined, code);
});

test("errors of the options are of kind config, and an unknown text is not shown, as it may quote a secret", () => {
  const rows: readonly (readonly [code: string, message: string, says: RegExp])[] = [
    [
      "ERR_OSSL_BAD_DECRYPT",
      "error:1C800064:Provider routines::bad decrypt",
      /^tls\.passphrase does not open tls\.key.*\(ERR_OSSL_BAD_DECRYPT\)$/,
    ],
    [
      "ERR_MISSING_PASSPHRASE",
      "Passphrase required for encrypted key",
      /^tls\.key is encrypted, and passphrase is missing/,
    ],
    [
      "ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED",
      "interrupted or cancelled",
      /^tls\.key is encrypted, and passphrase is missing/,
    ],
    ["", "PFX MAC verification failed - is the passphrase correct?", /^tls\.passphrase does not open tls\.pfx/],
    ["", "mac verify failure", /^tls\.passphrase does not open tls\.pfx: .*file$/],
    ["ERR_OSSL_X509_KEY_VALUES_MISMATCH", "key values mismatch", /not the private key of tls\.cert/],
    ["ERR_SSL_NO_CIPHER_MATCH", "no cipher match", /tls\.ciphers names no cipher/],
    ["", "not enough data", /tls\.pfx, or the key, is not in a form .* openssl pkcs12 -legacy/],
    ["ERR_OSSL_PEM_NO_START_LINE", "no start line", /cannot be read: its PEM is damaged, or encrypted by an old/],
    ["ERR_BORINGSSL", "Invalid CA", /cannot be read: its PEM is damaged, or encrypted by an old/],
    [
      "ERR_INVALID_ARG_VALUE",
      "The argument is invalid. Received 'hidden'",
      /^the tls options are not accepted \(ERR_INVALID_ARG_VALUE\)$/,
    ],
  ];
  for (const [code, message, says] of rows) {
    const { kind, retriable, words } = tlsOptionFault({ code, message });
    assert.deepEqual([kind, retriable], ["config", false]);
    assert.match(words, says);
    assert.doesNotMatch(words, /hidden/);
  }
  assert.equal(tlsOptionFault({ code: "ERR_NO_CRYPTO", message: "" }).kind, "unsupported");
});
