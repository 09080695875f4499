import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../errors/kafka-error.ts";
import { checkTlsValues } from "../runtime/tls-check.ts";
import type { TlsOptions } from "../runtime/tls-options.ts";
import { checkTls, checkTlsSupport, tlsWarning } from "./tls-options.ts";

const CERT = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
const ENCRYPTED = KEY.replaceAll("PRIVATE", "ENCRYPTED PRIVATE");
const PKCS12 = Uint8Array.from([0x30, 0x82, 1, 0, 2, 1, 3]);

function answer(value: unknown): string | undefined {
  try {
    checkTls(value, "Kafka: tls");
    checkTlsValues(value === true ? {} : (value as TlsOptions));
    return undefined;
  } catch (error) {
    assert.ok(KafkaError.is(error) && error.kind === "config", String(error));
    return error.message.replace(/^Kafka: /, "");
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
  [false, /^tls takes an object with ca, .*, or true, not false: leave it out for no TLS$/],
  [5, /^tls takes an object with ca, .*, or true, not a number$/],
  ["ssl", /not a string$/],
  [null, /not null$/],
  [[], /not an array$/],
  [{ ca: 5 }, /^tls\.ca takes PEM as text or as the bytes of a file, .* or a function that returns it, not a number$/],
  [{ ca: [CERT, 5] }, /^tls\.ca takes PEM as text .*, or a list of those, .*, not an array$/],
  [{ ca: [] }, /^tls\.ca takes PEM as text .*, not an array$/],
  [{ ca: "" }, /^tls\.ca is empty: pass a certificate in PEM$/],
  [{ ca: PKCS12 }, /^tls\.ca is a PKCS12 key store, not PEM: .* openssl pkcs12 -in FILE -nokeys -out cert\.pem$/],
  [{ ca: "no certificate" }, /^tls\.ca contains no certificate in PEM/],
  [{ key: "hidden-key", cert: CERT }, /^tls\.key contains no private key in PEM/],
  [{ key: KEY + KEY, cert: CERT }, /^tls\.key contains 2 private keys: pass only the one/],
  [{ key: { secret: "hidden" }, cert: CERT }, /^tls\.key takes PEM as text .* not an object$/],
  [{ key: KEY, cert: CERT, passphrase: 12345 }, /^tls\.passphrase takes a string, .*, not a number$/],
  [{ key: KEY, cert: CERT, passphrase: "" }, /^tls\.passphrase is empty: leave it out/],
  [{ key: ENCRYPTED, cert: CERT }, /^tls\.key is encrypted, and passphrase is missing: set it to the password/],
  [{ pfx: CERT }, /^tls\.pfx takes the bytes of a PKCS12 file, .*, not a string$/],
  [{ pfx: new TextEncoder().encode(CERT) }, /^tls\.pfx is in PEM: pass it as cert and key/],
  [{ pfx: Uint8Array.from([0xfe, 0xed, 0xfe, 0xed]) }, /^tls\.pfx is not a PKCS12 file: .* keytool/],
  [{ pfx: new Uint8Array() }, /^tls\.pfx is empty/],
  [{ pfx: PKCS12, cert: CERT, key: KEY }, /^tls takes pfx, or cert and key, not both/],
  [{ cert: CERT }, /^tls has cert without key/],
  [{ key: KEY }, /^tls has key without cert/],
  [{ passphrase: "hidden" }, /^tls has passphrase, but neither key nor pfx/],
  [{ servername: "" }, /^tls\.servername takes a name, or a function/],
  [{ alpnProtocols: "h2" }, /^tls\.alpnProtocols takes a list/],
  [{ minVersion: "TLSv1.1" }, /^tls\.minVersion takes "TLSv1\.2", "TLSv1\.3", not "TLSv1\.1"$/],
  [{ minVersion: "TLSv1.3", maxVersion: "TLSv1.2" }, /^tls has a minVersion \(TLSv1\.3\) that is higher/],
  [{ ciphers: "" }, /^tls\.ciphers takes a string that is not empty/],
  [{ checkServerIdentity: true }, /^tls\.checkServerIdentity takes a function/],
  [{ checkServerIdentity: () => undefined, rejectUnauthorized: false }, /^tls has checkServerIdentity, which/],
  [{ rejectUnauthorized: 0 }, /^tls\.rejectUnauthorized takes true or false/],
  [{ rejectUnauthorised: false }, /^tls has no option "rejectUnauthorised"; did you mean rejectUnauthorized\?/],
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
    ["ssl.ca.location", /\(\{ ca \}, the text or the bytes of the file\)/],
    ["ssl.truststore.location", /\(\{ ca \} in PEM\)/],
    ["ssl.key.password", /\(\{ passphrase \}\)/],
    ["ALPNProtocols", /did you mean alpnProtocols\?/],
    ["serverName", /did you mean servername\?/],
    ["secureProtocol", /: minVersion and maxVersion/],
    ["password", /did you mean passphrase\?/],
    ["certificate", /did you mean cert\?/],
    ["ssl.engine.factory.class", /that is tls of new Kafka\(\)/],
  ];
  for (const [given, says] of rows) assert.match(answer({ [given]: 1 }) ?? "", says, given);
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
      checkTlsSupport(tls, { connect: () => assert.fail("it connects"), ...(tlsOptions && { tlsOptions }) });
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
    "tls: this platform cannot follow ca, cert, key; it can follow servername",
  );
  assert.equal(message({ ca: CERT }, []), "tls: this platform cannot follow ca; it can follow only tls: true");
});

test("verification that is switched off is worth a warning, and nothing else is", () => {
  assert.match(tlsWarning({ rejectUnauthorized: false }) ?? "", /^tls\.rejectUnauthorized is false: the brokers'/);
  for (const tls of [undefined, {}, { rejectUnauthorized: true }, { ca: CERT }])
    assert.equal(tlsWarning(tls), undefined);
});
