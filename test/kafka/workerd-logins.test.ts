// SASL in the real workerd, over TLS to a real Kafka with access rules; and options of TLS that workerd cannot follow:
// with them nothing is ever connected.
import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../house/root.ts";
import { startWorkerd, type WorkerdHost } from "../workerd/workerd-host.ts";
import { SecureKafka, USERS } from "./secure/secure-cluster.ts";

let secure: SecureKafka;
let worker: WorkerdHost;
let connections = 0;
/** Counts connections, and closes each. */
const counting = createServer((socket) => {
  connections++;
  socket.destroy();
});

before(async () => {
  secure = await SecureKafka.start();
  await new Promise<void>((resolve) => counting.listen(0, "127.0.0.1", resolve));
  const bindings = {
    SASL_TLS: secure.at("SASL_TLS"),
    OIDC: secure.at("OIDC"),
    COUNTED: `127.0.0.1:${(counting.address() as AddressInfo).port}`,
  };
  worker = await startWorkerd(join(root, "test/workerd/worker.js"), { bindings, trusted: secure.certificates.ca });
});
after(async () => {
  await worker.stop();
  await new Promise((resolve) => counting.close(resolve));
  await secure.stop();
});

const ask = async (path: string, query: Readonly<Record<string, string>>): Promise<Record<string, unknown>> =>
  JSON.parse(await worker.get(`/${path}?${new URLSearchParams(query).toString()}`)) as Record<string, unknown>;

const password = USERS["alice"] ?? "";
const MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"];

for (const mechanism of MECHANISMS)
  test(`${mechanism} over TLS: a record is written, and read in a group`, async () => {
    const group = `alice-${mechanism}`;
    const outcome = await ask("login", {
      topic: "alice-1",
      group,
      value: mechanism,
      mechanism,
      username: "alice",
      password,
    });
    assert.equal(outcome["error"], undefined);
    assert.equal(typeof outcome["offset"], "number");
  });

test("a name and a password with blanks, signs and letters beyond ASCII", async () => {
  const [username, own = ""] = ["al,i=ce", USERS["al,i=ce"]];
  for (const mechanism of MECHANISMS) {
    const group = `alice-odd-${mechanism}`;
    const more = { mechanism, username, password: own };
    assert.equal((await ask("login", { topic: "alice-1", group, value: group, ...more }))["error"], undefined);
  }
});

test("OAUTHBEARER: the token comes from an OIDC endpoint by the host's fetch", async () => {
  const before = secure.tokens.requests;
  const outcome = await ask("login", {
    ...{ topic: "alice-1", group: "alice-oidc", value: "oidc", mechanism: "OAUTHBEARER" },
    tokenEndpointUrl: secure.tokens.endpoint,
    clientId: "alice",
    clientSecret: secure.tokens.clients.get("alice") ?? "",
  });
  assert.equal(outcome["error"], undefined);
  assert.equal(secure.tokens.requests - before, 1);
});

test("an endpoint that redirects is a permanent error, and the secret is sent nowhere else", async (t) => {
  secure.tokens.mode = "redirect";
  t.after(() => {
    secure.tokens.mode = "ok";
  });
  const before = secure.tokens.requests;
  const { kind, error } = await ask("login", {
    ...{ topic: "alice-1", group: "alice-g", value: "x", mechanism: "OAUTHBEARER" },
    ...{ tokenEndpointUrl: secure.tokens.endpoint, clientId: "alice", clientSecret: "endpoint-secret" },
  });
  assert.equal(kind, "authentication", String(error));
  assert.match(String(error), /redirects, and redirects are not followed/);
  assert.doesNotMatch(String(error), /endpoint-secret/);
  assert.equal(secure.tokens.requests - before, 1);
});

test("a wrong password fails at once with kind authentication, and is not shown; another user's topic is refused", async () => {
  for (const mechanism of MECHANISMS) {
    const own = { topic: "alice-1", group: "alice-g", value: "x", mechanism, username: "alice", password: "wrong-one" };
    const { kind, error } = await ask("login", own);
    assert.equal(kind, "authentication", String(error));
    assert.match(String(error), new RegExp(`refused the authentication of user "alice" by SASL ${mechanism}`));
    assert.doesNotMatch(String(error), /wrong-one/);
  }
  const others = { topic: "secret", group: "alice-g", value: "x", mechanism: "PLAIN", username: "alice", password };
  assert.equal((await ask("login", others))["kind"], "authorization");
});

test("options of TLS that workerd cannot follow: kind unsupported, and no connection is opened", async () => {
  const refused =
    "ca cert key pfx passphrase ciphers minVersion maxVersion checkServerIdentity rejectUnauthorized " + "servername";
  for (const option of refused.split(" ")) {
    const { kind, error } = await ask("tls", { option, address: "COUNTED", topic: "alice-1" });
    assert.equal(kind, "unsupported", `${option}: ${String(error)}`);
    assert.match(String(error), new RegExp(option));
  }
  assert.equal(connections, 0);
  assert.notEqual((await ask("tls", { address: "COUNTED", topic: "alice-1" }))["kind"], "unsupported");
  assert.ok(connections > 0, "the server counts");
});
