// The options of TLS do what their comments say, on real servers.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TlsOptions as ServerOptions } from "node:tls";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { connectorBy, nodeConnector } from "../../src/platform/node/connector.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";
import type { Connector, TlsOptions } from "../../src/runtime/byte-stream.ts";
import { Authority } from "./certificate-maker.ts";
import { type Ended, exchange, tlsServer } from "./tls-world.ts";

const root = new Authority("Test Root");
const other = new Authority("Other Root");
const good = root.issue({ name: "broker", hosts: ["localhost", "kafka.test"], addresses: ["127.0.0.1"] });
const server: ServerOptions = { cert: good.cert, key: good.key };
const ca = root.cert;
const OK: Ended = { echo: "hello" };

/** Resolves every name to this machine. */
const named: Connector = connectorBy(() => Promise.resolve([{ address: "127.0.0.1", family: 4 }]));

function errorOf(ended: Ended): KafkaError {
  assert.ok("error" in ended, "it connected");
  return ended.error;
}

test("the name that is sent and verified is that of the broker's address, or the option's", async (t) => {
  const { port, names } = await tlsServer(t, server);
  const asked: unknown[] = [];
  const byFunction = (host: string, brokerPort: number): string => {
    asked.push([host, brokerPort]);
    return "kafka.test";
  };
  assert.deepEqual(await exchange(port, { ca }, "kafka.test", named), OK);
  assert.deepEqual(await exchange(port, { ca, servername: "localhost" }, "other.test", named), OK);
  assert.deepEqual(await exchange(port, { ca, servername: byFunction }, "b-1.test", named), OK);
  assert.deepEqual(await exchange(port, { ca, servername: byFunction }, "b-2.test", named), OK);
  assert.deepEqual(names, ["kafka.test", "localhost", "kafka.test", "kafka.test"]);
  assert.deepEqual(asked, [
    ["b-1.test", port],
    ["b-2.test", port],
  ]);
  assert.match(errorOf(await exchange(port, { ca }, "other.test", named)).message, /not for other\.test; it has DNS:/);
  assert.match(
    errorOf(await exchange(port, { ca, servername: "no.test" }, "kafka.test", named)).message,
    /not for no\.test/,
  );
});

test("an IP address was sent as the server's name, which Bun and Deno refuse: it is verified and not sent", async (t) => {
  const { port, names } = await tlsServer(t, server);
  assert.deepEqual(await exchange(port, { ca }), OK);
  assert.deepEqual(await exchange(port, { ca, servername: "127.0.0.1" }, "other.test", named), OK);
  assert.deepEqual(names, [false, false]);
  const wrong = errorOf(await exchange(port, { ca, servername: "10.1.2.3" }, "kafka.test", named));
  assert.match(wrong.message, /the broker's certificate is not for 10\.1\.2\.3; it has DNS:localhost/);
});

test("functions are called for each connection, so that certificates rotate without a restart", async (t) => {
  const { port } = await tlsServer(t, { ...server, requestCert: true, ca });
  let current = other.issue({ name: "old" });
  const calls: string[] = [];
  const tls: TlsOptions = {
    ca: () => {
      calls.push("ca");
      return Promise.resolve([ca]);
    },
    cert: () => {
      calls.push("cert");
      return current.cert;
    },
    key: () => Promise.resolve(Buffer.from(current.key)),
  };
  // Node's server closes without an alert.
  assert.ok("error" in (await exchange(port, tls)));
  current = root.issue({ name: "new" });
  assert.deepEqual(await exchange(port, tls), OK);
  assert.deepEqual(calls, ["ca", "cert", "ca", "cert"]);
});

test("a function that throws fails that attempt alone, and the next one calls it again", async (t) => {
  const { port } = await tlsServer(t, server);
  const cause = Object.assign(new Error("secret-path: no such file"), { code: "ENOENT" });
  let isBroken = true;
  const tls: TlsOptions = {
    ca: () => {
      if (isBroken) throw cause;
      return ca;
    },
  };
  const error = errorOf(await exchange(port, tls));
  assert.deepEqual([error.kind, error.retriable, error.cause], ["connection", true, cause]);
  assert.equal(
    error.message,
    `cannot connect to 127.0.0.1:${port}: the function tls.ca failed (ENOENT); it is called again at the next attempt`,
  );
  isBroken = false;
  assert.deepEqual(await exchange(port, tls), OK);
});

test("a certificate that is being replaced: a wrong value of a function is retried, a fixed one is not", async (t) => {
  const { port } = await tlsServer(t, server);
  const [one, two] = [root.issue({ name: "one" }), root.issue({ name: "two" })];
  const wrong: readonly (readonly [TlsOptions, RegExp])[] = [
    [{ ca: "half a fi" }, /: tls\.ca contains no certificate in PEM/],
    [{ ca, cert: one.cert, key: two.key }, /tls\.key is not the private key of tls\.cert/],
  ];
  for (const [tls, says] of wrong) {
    const fixed = errorOf(await exchange(port, tls));
    assert.deepEqual([fixed.kind, fixed.retriable], ["config", false]);
    assert.match(fixed.message, says);
    const functions = Object.fromEntries(Object.entries(tls).map(([name, value]) => [name, () => value as string]));
    const fresh = errorOf(await exchange(port, functions));
    assert.deepEqual([fresh.kind, fresh.retriable], ["config", true]);
    assert.match(fresh.message, says);
  }
});

test("a function that does not return: the timeout of the connection names it", async () => {
  const setup = new Cancellation();
  const connecting = nodeConnector().connect(
    { host: "127.0.0.1", port: 9, tls: { ca: () => new Promise<string>(() => undefined) } },
    { buffer: () => new Uint8Array(1), filled: () => true, closed: () => undefined },
    { signal: setup },
  );
  setup.cancel(new KafkaError("timeout", "connecting took too long", { retriable: true }));
  await assert.rejects(connecting, {
    kind: "timeout",
    message: "connecting took too long; tls.ca, a function of the application, has not returned",
  });
});

test("versions, ciphers and application protocols are those of the options", async (t) => {
  const { port, versions, alpn } = await tlsServer(t, { ...server, ALPNProtocols: ["kafka"] });
  assert.deepEqual(await exchange(port, { ca }), OK);
  assert.deepEqual(await exchange(port, { ca, maxVersion: "TLSv1.2" }), OK);
  assert.deepEqual(await exchange(port, { ca, minVersion: "TLSv1.3", alpnProtocols: ["other", "kafka"] }), OK);
  assert.deepEqual(versions, ["TLSv1.3", "TLSv1.2", "TLSv1.3"]);
  assert.deepEqual(alpn, [false, false, "kafka"]);
  const only = await tlsServer(t, { ...server, ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384", maxVersion: "TLSv1.2" });
  assert.deepEqual(await exchange(only.port, { ca, ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384" }), OK);
});

test("the user's own check of the name replaces the host's, and gets the certificate", async (t) => {
  const { port } = await tlsServer(t, server);
  const seen: unknown[] = [];
  const tls: TlsOptions = {
    ca,
    checkServerIdentity: (host, { subject, issuer, raw, subjectaltname }) => {
      seen.push([host, subject.CN, issuer.CN, raw.length > 100, subjectaltname]);
      return undefined;
    },
  };
  assert.deepEqual(await exchange(port, tls, "other.test", named), OK);
  assert.deepEqual(seen, [
    ["other.test", "broker", "Test Root", true, "DNS:localhost, DNS:kafka.test, IP Address:127.0.0.1"],
  ]);
});

test("only rejectUnauthorized: false switches verification off, and no variable of the environment", async (t) => {
  const { port } = await tlsServer(t, server);
  assert.deepEqual(await exchange(port, { rejectUnauthorized: false }), OK);
  assert.deepEqual(await exchange(port, { rejectUnauthorized: false }, "other.test", named), OK);
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  t.after(() => {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
  });
  assert.equal(errorOf(await exchange(port, {})).kind, "authentication");
});
