import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../errors/kafka-error.ts";
import type { TlsOptions } from "../runtime/tls-options.ts";
import { tlsAdvice } from "./tls-names.ts";
import { checkTls, checkTlsSupport, tlsWarning } from "./tls-options.ts";

const CERT = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
const ENCRYPTED = KEY.replaceAll("PRIVATE", "ENCRYPTED PRIVATE");
const PKCS12 = Uint8Array.from([0x30, 0x82, 1, 0, 2, 1, 3]);

function answer(value: unknown): string | undefined {
  try {
    checkTls(value, "Kafka: tls");
    return undefined;
  } catch (error) {
    assert.ok(KafkaError.is(error) && error.kind === "config", String(error));
    return error.message;
  }
}

const RIGHT: readonly unknown[] = [
  true,
  {},
  { ca: undefined },
  { ca: CERT },
  { ca: new TextEncoder().encode(CERT) },
  { ca: [CERT, new TextEncoder().encode(CERT)] },
  { ca: () => CERT },
  { cert: CERT, key: KEY, passphrase: "p" },
  { cert: async () => Promise.resolve(CERT), key: () => KEY, passphrase: () => "p" },
  { cert: CERT, key: ENCRYPTED, passphrase: () => "p" },
  { cert: CERT, key: () => ENCRYPTED },
  { pfx: PKCS12, passphrase: "p" },
  { servername: "kafka.example.com" },
  { servername: (host: string) => host },
  { alpnProtocols: ["kafka"], minVersion: "TLSv1.2", maxVersion: "TLSv1.3", ciphers: "A:B" },
  { checkServerIdentity: () => undefined },
  { rejectUnauthorized: false },
];

const WRONG: readonly (readonly [given: unknown, says: RegExp])[] = [
  [false, /^Kafka: tls takes an object with ca, .*, or true, not false: leave it out for no TLS$/],
  [5, /^Kafka: tls takes an object with ca, .*, or true, not a number$/],
  ["ssl", /not a string$/],
  [null, /not null$/],
  [[], /not an array$/],
  [{ ca: 5 }, /^Kafka: tls\.ca takes a certificate in PEM, as text .* or a function that returns it, not a number$/],
  [{ ca: [CERT, 5] }, /^Kafka: tls\.ca\[1\] takes a certificate in PEM.* not a number$/],
  [{ ca: [] }, /^Kafka: tls\.ca is an empty list: pass a certificate in PEM$/],
  [{ ca: "" }, /^Kafka: tls\.ca is empty: pass a certificate in PEM$/],
  [
    { ca: PKCS12 },
    /^Kafka: tls\.ca is a PKCS12 key store, not PEM: .* openssl pkcs12 -in FILE -nokeys -out cert\.pem$/,
  ],
  [{ ca: "no certificate" }, /^Kafka: tls\.ca contains no certificate in PEM/],
  [{ key: "hidden-key", cert: CERT }, /^Kafka: tls\.key contains no private key in PEM/],
  [{ key: KEY + KEY, cert: CERT }, /^Kafka: tls\.key contains 2 private keys: pass only the one/],
  [{ key: { secret: "hidden" }, cert: CERT }, /^Kafka: tls\.key takes a private key in PEM.* not an object$/],
  [{ key: KEY, cert: CERT, passphrase: 12345 }, /^Kafka: tls\.passphrase takes a string, .*, not a number$/],
  [{ key: KEY, cert: CERT, passphrase: "" }, /^Kafka: tls\.passphrase is empty: leave it out/],
  [{ key: ENCRYPTED, cert: CERT }, /^Kafka: tls\.key is encrypted, and passphrase is missing: set it to the password/],
  [{ pfx: CERT }, /^Kafka: tls\.pfx takes the bytes of a PKCS12 file, .*, not a string$/],
  [{ pfx: new TextEncoder().encode(CERT) }, /^Kafka: tls\.pfx is in PEM: pass it as cert and key/],
  [{ pfx: Uint8Array.from([0xfe, 0xed, 0xfe, 0xed]) }, /^Kafka: tls\.pfx is not a PKCS12 file: .* keytool/],
  [{ pfx: new Uint8Array() }, /^Kafka: tls\.pfx is empty/],
  [{ pfx: PKCS12, cert: CERT, key: KEY }, /^Kafka: tls takes pfx, or cert and key, not both/],
  [{ cert: CERT }, /^Kafka: tls has cert without key/],
  [{ key: KEY }, /^Kafka: tls has key without cert/],
  [{ passphrase: "hidden" }, /^Kafka: tls has passphrase, but neither key nor pfx/],
  [{ servername: "" }, /^Kafka: tls\.servername takes a name, or a function/],
  [{ alpnProtocols: "h2" }, /^Kafka: tls\.alpnProtocols takes a list/],
  [{ minVersion: "TLSv1.1" }, /^Kafka: tls\.minVersion takes "TLSv1\.2", "TLSv1\.3", not "TLSv1\.1"$/],
  [{ minVersion: "TLSv1.3", maxVersion: "TLSv1.2" }, /^Kafka: tls has a minVersion \(TLSv1\.3\) that is higher/],
  [{ ciphers: "" }, /^Kafka: tls\.ciphers takes a string that is not empty/],
  [{ checkServerIdentity: true }, /^Kafka: tls\.checkServerIdentity takes a function/],
  [{ checkServerIdentity: () => undefined, rejectUnauthorized: false }, /^Kafka: tls has checkServerIdentity, which/],
  [{ rejectUnauthorized: 0 }, /^Kafka: tls\.rejectUnauthorized takes true or false/],
  [{ rejectUnauthorised: false }, /^Kafka: tls has no option "rejectUnauthorised"; did you mean rejectUnauthorized\?/],
];

test("each wrong option of TLS is named with what it takes, and its value is not shown", () => {
  for (const value of RIGHT) assert.equal(answer(value), undefined);
  for (const [value, says] of WRONG) {
    const message = answer(value) ?? "";
    assert.match(message, says);
    assert.doesNotMatch(message, /hidden|12345|MIIB/);
  }
});

test("names of kafkajs, Node, Java and librdkafka are answered with ours", () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ["ssl.ca.location", /: ca, the text or the bytes of the file\./],
    ["ssl.truststore.location", /: ca, in PEM: keytool -list -rfc/],
    ["ssl.keystore.location", /: pfx, the bytes of a PKCS12 file, or cert and key/],
    ["ssl.key.password", /did you mean passphrase\?/],
    ["ssl.certificate.pem", /did you mean cert\?/],
    ["ssl.cipher.suites", /did you mean ciphers\?/],
    ["ALPNProtocols", /did you mean alpnProtocols\?/],
    ["serverName", /did you mean servername\?/],
    ["secureProtocol", /: minVersion and maxVersion/],
    ["ssl.endpoint.identification.algorithm", /: checkServerIdentity, a function/],
    ["ssl.engine.factory.class", /: no option of Odradek is like it\./],
  ];
  for (const [given, says] of rows) assert.match(answer({ [given]: 1 }) ?? "", says, given);
  assert.equal(tlsAdvice("retries"), undefined);
});

test("no text about a wrong value shows a part of it", () => {
  const names = ["ca", "cert", "key", "passphrase", "pfx"] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.stringMatching(/^[a-z]{12,40}$/),
      fc.constantFrom<(text: string) => unknown>(
        (text) => text,
        (text) => ({ text }),
        (text) => [text],
        (text) => new TextEncoder().encode(text),
        (text) => `-----BEGIN ${text.toUpperCase()}`,
      ),
      (name, secret, wrap) => {
        const message = answer({ [name]: wrap(secret) }) ?? "";
        assert.ok(!message.toLowerCase().includes(secret), message);
      },
    ),
    { numRuns: 500 },
  );
});

test("an option that a platform ignores is refused before anything is sent", () => {
  const message = (tls: TlsOptions | undefined, tlsOptions?: readonly string[]): string | undefined => {
    try {
      checkTlsSupport(tls, tlsOptions === undefined ? {} : { tlsOptions });
      return undefined;
    } catch (error) {
      assert.ok(KafkaError.is(error) && error.kind === "unsupported");
      return error.message;
    }
  };
  assert.equal(message({ ca: CERT }), undefined);
  assert.equal(message(undefined, []), undefined);
  assert.equal(message({ ca: undefined }, []), undefined);
  assert.equal(message({ servername: "a" }, ["servername"]), undefined);
  assert.equal(
    message({ ca: CERT, servername: "a", cert: CERT, key: KEY }, ["servername"]),
    "tls: this platform cannot follow ca, cert, key: it has only servername",
  );
  assert.equal(
    message({ ca: CERT }, []),
    "tls: this platform cannot follow ca: it has no options of tls, only tls: true",
  );
});

test("verification that is switched off is worth a warning, and nothing else is", () => {
  assert.match(tlsWarning({ rejectUnauthorized: false }) ?? "", /^tls\.rejectUnauthorized is false: the brokers'/);
  for (const tls of [undefined, {}, { rejectUnauthorized: true }, { ca: CERT }])
    assert.equal(tlsWarning(tls), undefined);
});
