// Keys, passphrases and PKCS12 files that are wrong in every way: no error, log line or printed client shows them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/node.ts";
import type { LogEntry } from "../../src/runtime/platform.ts";
import type { TlsOptions } from "../../src/runtime/tls-options.ts";
import { foundIn, printed } from "../client/secrets/secret-search.ts";
import { Authority, encryptedKey } from "./certificate-maker.ts";
import { pkcs12 } from "./pkcs12.ts";
import { tlsServer } from "./tls-world.ts";

const PASSPHRASE = "planted-passphrase-0123456789";
const root = new Authority("Test Root");
const server = root.issue({ name: "broker", hosts: ["localhost"], addresses: ["127.0.0.1"] });
const alice = root.issue({ name: "alice" });
const other = root.issue({ name: "other" });
const locked = encryptedKey(alice.key, "another passphrase");
const ca = root.cert;

const WRONG: Readonly<Record<string, TlsOptions>> = {
  "a passphrase that does not fit": { ca, cert: alice.cert, key: locked, passphrase: PASSPHRASE },
  "a passphrase by a function that does not fit": {
    ca,
    cert: alice.cert,
    key: () => locked,
    passphrase: () => PASSPHRASE,
  },
  "a key of another certificate": { ca, cert: other.cert, key: alice.key },
  "a damaged key": { ca, cert: alice.cert, key: damaged(alice.key) },
  "a damaged key by a function": { ca, cert: alice.cert, key: () => Promise.resolve(damaged(alice.key)) },
  "a key in place of a certificate": { ca, cert: alice.key, key: alice.key },
  "a key in place of an authority": { ca: alice.key },
  "a certificate in place of a key": { ca, cert: alice.cert, key: alice.cert },
  "a passphrase for PKCS12 that does not fit": { ca, pfx: pkcs12, passphrase: PASSPHRASE },
  "PKCS12 without a passphrase": { ca, pfx: () => pkcs12 },
  "PKCS12 as text": { ca, pfx: pkcs12.toString("base64") as never, passphrase: PASSPHRASE },
  "a damaged PKCS12": { ca, pfx: pkcs12.subarray(0, 500), passphrase: PASSPHRASE },
  "an option of another client": { ca, password: PASSPHRASE } as never,
  "a passphrase in a list": { ca, cert: alice.cert, key: locked, passphrase: [PASSPHRASE] as never },
  "a key that the broker refuses": { ca, cert: other.cert, key: other.key },
};

function damaged(pem: string): string {
  const lines = pem.split("\n");
  return [...lines.slice(0, 3), (lines[3] ?? "").slice(8), ...lines.slice(4)].join("\n");
}

/** The lines of a PEM, as an error could quote them. */
const linesOf = (pem: string): readonly string[] => pem.split("\n").filter((line) => line.length > 40);
const SECRETS = [
  PASSPHRASE,
  ...[alice.key, locked, other.key].flatMap(linesOf),
  pkcs12.subarray(40, 80).toString("latin1"),
];

for (const [what, tls] of Object.entries(WRONG))
  test(`${what}: the error is a KafkaError without the secret, and the client does not print it`, async (t) => {
    const { port } = await tlsServer(t, {
      cert: server.cert,
      key: server.key,
      ca: new Authority("Strict").cert,
      requestCert: true,
    });
    const lines: LogEntry[] = [];
    const shown: unknown[] = [lines];
    try {
      const kafka = new Kafka({ bootstrapServers: `127.0.0.1:${port}`, tls, onLog: (entry) => void lines.push(entry) });
      const admin = kafka.admin();
      shown.push(kafka, admin);
      await admin.listTopics({ timeoutMs: 2000 }).catch((error: unknown) => shown.push(error));
      await kafka.close();
    } catch (error) {
      shown.push(error);
    }
    const error = shown.at(-1);
    assert.ok(KafkaError.is(error), "it failed");
    assert.notEqual(error.kind, "internal");
    // new Kafka() knew six options of TLS, and refused pfx and every function.
    if (!("password" in tls)) assert.doesNotMatch(error.message, /has no option/);
    assert.equal(foundIn(shown.map(printed).join("\n"), SECRETS), undefined);
  });
