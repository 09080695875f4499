import { test } from "node:test";
import assert from "node:assert/strict";
import { pemBlocks, type PemContent, pemText, wrongPem } from "./pem.ts";

const block = (label: string): string => `-----BEGIN ${label}-----\nMIIB\nAAAA\n-----END ${label}-----\n`;
const CERT = block("CERTIFICATE");
const KEY = block("PRIVATE KEY");
const bytes = (...values: number[]): Uint8Array => Uint8Array.from([...values, ...new Array<number>(20).fill(7)]);

const ROWS: readonly (readonly [
  what: string,
  given: string | Uint8Array,
  content: PemContent,
  says: RegExp | undefined,
])[] = [
  ["a certificate", CERT, "certificate", undefined],
  ["its bytes", Buffer.from(CERT), "certificate", undefined],
  [
    "a bundle with comments, as keytool -list -rfc prints",
    `Alias name: a\n${CERT}\n***\n${CERT}`,
    "certificate",
    undefined,
  ],
  ["OpenSSL's other label", block("TRUSTED CERTIFICATE"), "certificate", undefined],
  ["Windows line breaks", CERT.replaceAll("\n", "\r\n"), "certificate", undefined],
  ["a key", KEY, "private key", undefined],
  ["an encrypted key", block("ENCRYPTED PRIVATE KEY"), "private key", undefined],
  ["an old key", block("EC PARAMETERS") + block("EC PRIVATE KEY"), "private key", undefined],
  ["a file with both, as a key", KEY + CERT, "private key", undefined],
  ["a file with both, as a certificate", KEY + CERT, "certificate", undefined],
  ["an empty text", "", "certificate", /^is empty: pass a certificate in PEM$/],
  ["an empty file", new Uint8Array(), "private key", /^is empty: pass a private key in PEM$/],
  ["blanks", " \n", "certificate", /^is empty/],
  ["a path", "/etc/ssl/ca.pem", "certificate", /looks like the path of a file: pass the content of the file$/],
  ["a relative path", "certs/ca.crt", "certificate", /looks like the path/],
  ["a path of Windows", "C:\\certs\\ca", "certificate", /looks like the path/],
  [
    "a secret of Kubernetes",
    Buffer.from(CERT).toString("base64"),
    "certificate",
    /it is base64 of PEM: decode it first$/,
  ],
  [
    "a variable of the environment",
    CERT.replaceAll("\n", "\\n"),
    "certificate",
    /the two characters "\\n".*replaceAll/,
  ],
  ["a folded text", CERT.replaceAll("\n", " "), "certificate", /: its line breaks are lost$/],
  [
    "the inner lines alone",
    "MIIB0TCCAX+gAwIB\nAAAA",
    "certificate",
    /the line -----BEGIN CERTIFICATE----- .* missing$/,
  ],
  [
    "a key as a certificate",
    KEY,
    "certificate",
    /contains no certificate in PEM, but a private key: are ca, cert and key/,
  ],
  ["a certificate as a key", CERT, "private key", /contains no private key in PEM, but a certificate/],
  ["half a file", CERT.slice(0, 40), "certificate", /the certificate is cut off$/],
  ["another text", "secret", "private key", /a PEM text begins with -----BEGIN PRIVATE KEY-----$/],
  [
    "JKS",
    bytes(0xfe, 0xed, 0xfe, 0xed),
    "certificate",
    /^is a JKS key store, not PEM: .* keytool -list -rfc -keystore FILE/,
  ],
  [
    "JKS as a key",
    bytes(0xfe, 0xed, 0xfe, 0xed),
    "private key",
    /keytool -importkeystore .* -destkeystore store\.p12.* as pfx$/,
  ],
  ["JCEKS", bytes(0xce, 0xce, 0xce, 0xce), "certificate", /is a JCEKS key store.*-storetype JCEKS/],
  [
    "PKCS12",
    bytes(0x30, 0x82, 4, 0, 2, 1, 3),
    "certificate",
    /^is a PKCS12 key store, not PEM: .* openssl pkcs12 -in FILE -nokeys/,
  ],
  ["PKCS12 as a key", bytes(0x30, 0x82, 4, 0, 2, 1, 3), "private key", /pass it as pfx, instead of cert and key$/],
  ["short PKCS12", bytes(0x30, 0x20, 2, 1, 3), "certificate", /PKCS12/],
  [
    "a certificate in DER",
    bytes(0x30, 0x82, 1, 0, 0x30),
    "certificate",
    /^is in DER, not PEM: .* openssl x509 -inform der/,
  ],
  ["a key in DER", bytes(0x30, 0x81, 9, 2, 1, 0), "private key", /^is in DER, not PEM: .* openssl pkey -inform der/],
];

test("a value that is no PEM is named with the way to make it PEM, and without the value", () => {
  for (const [what, given, content, says] of ROWS) {
    const why = wrongPem(given, content);
    if (says === undefined) assert.equal(why, undefined, what);
    else {
      assert.match(why ?? "", says, what);
      assert.ok(typeof given !== "string" || given.trim() === "" || !(why ?? "").includes(given), what);
    }
  }
});

test("the blocks of a text are those of its content, without the text between them", () => {
  const text = `a\n${CERT}b\n${KEY}${block("X509 CERTIFICATE")}`;
  assert.deepEqual(pemBlocks(text, "certificate"), [CERT.trim(), block("X509 CERTIFICATE").trim()]);
  assert.deepEqual(pemBlocks(text, "private key"), [KEY.trim()]);
  assert.equal(pemText(new Uint8Array(20_000).fill(65)), "A".repeat(20_000));
});
