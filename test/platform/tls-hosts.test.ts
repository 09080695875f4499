// Bun and Deno have their own TLS, which ignores some options without a word: these are refused.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { checkForHost, tlsHost, tlsOptionsOf } from "../../src/platform/node/tls-host.ts";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import type { TlsValues } from "../../src/runtime/tls-values.ts";
import { Authority, keyRefusing } from "./certificate-maker.ts";

const VALUES: TlsValues = { identity: "kafka", rejectUnauthorized: true };
const root = new Authority("Test Root");
const [alice, bob] = [root.issue({ name: "alice" }), root.issue({ name: "bob" })];

test("Deno follows every option but ciphers; Node and Bun follow all", () => {
  assert.equal(tlsHost(), "Node");
  assert.equal(nodeConnector().tlsOptions, undefined);
  assert.equal(tlsOptionsOf("Bun"), undefined);
  const ofDeno = tlsOptionsOf("Deno") ?? [];
  assert.ok(!ofDeno.includes("ciphers") && ofDeno.includes("ca") && ofDeno.length === 11, ofDeno.join());
});

test("Bun does not choose among the ciphers of TLS 1.3", () => {
  for (const ciphers of ["TLS_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256"]) {
    assert.throws(
      () => checkForHost({ ...VALUES, ciphers }, "kafka:9093", "Bun"),
      (error: unknown) =>
        KafkaError.is(error) &&
        error.kind === "unsupported" &&
        error.message.startsWith("cannot connect to kafka:9093: tls.ciphers names ciphers of TLS 1.3, "),
    );
    checkForHost({ ...VALUES, ciphers }, "kafka:9093", "Node");
  }
  checkForHost({ ...VALUES, ciphers: "ECDHE-RSA-AES128-GCM-SHA256" }, "kafka:9093", "Bun");
});

test("on Deno a key that cannot be opened, or is another's, connected without the certificate: it is checked first", () => {
  const check = (values: Partial<TlsValues>): void => checkForHost({ ...VALUES, ...values }, "kafka:9093", "Deno");
  const key = keyRefusing("wrong", "ERR_OSSL_BAD_DECRYPT", alice.key);
  check({});
  check({ cert: alice.cert, key: alice.key });
  check({ cert: alice.cert, key, passphrase: "right" });
  assert.throws(() => check({ cert: alice.cert, key, passphrase: "wrong" }), { code: "ERR_OSSL_BAD_DECRYPT" });
  assert.throws(() => check({ cert: alice.cert, key: bob.key }), { code: "KEY_VALUES_MISMATCH" });
});
