// Each way in which TLS fails, made by a real server: its kind, whether it is retried, and the words that name the
// cause.
import { once } from "node:events";
import assert from "node:assert/strict";
import { type AddressInfo, createServer as createTcp, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import type { TlsOptions as ServerOptions } from "node:tls";
import type { TlsOptions } from "../../src/runtime/byte-stream.ts";
import { Authority, encryptedKey, keyRefusing } from "./certificate-maker.ts";
import { clientRoot, oldPkcs12, pkcs12 } from "./pkcs12.ts";
import { exchange, tlsServer } from "./tls-world.ts";

const root = new Authority("Test Root");
const other = new Authority("Other Root");
const here = { hosts: ["localhost"], addresses: ["127.0.0.1"] };
const PAST = { from: "2020-01-01", to: "2021-01-01" };
const good = root.issue({ name: "broker", ...here });
const alice = root.issue({ name: "alice" });
const server: ServerOptions = { cert: good.cert, key: good.key };
const mutual: ServerOptions = { ...server, requestCert: true, rejectUnauthorized: true, ca: root.cert };
const ca = root.cert;
const mine = { ca, cert: alice.cert, key: alice.key };
const WRONG = "wr0ng-secret";
const pair = ({ cert, key }: { readonly cert: string; readonly key: string }): ServerOptions => ({ cert, key });

type Row = readonly [
  what: string,
  server: ServerOptions,
  tls: TlsOptions,
  kind: string,
  isRetriable: boolean,
  says: RegExp,
];

const ROWS: readonly Row[] = [
  [
    "the broker's certificate has expired",
    pair(root.issue({ name: "broker", ...here, ...PAST })),
    { ca },
    "authentication",
    false,
    /: the broker's certificate expired on 2021-01-01: the broker needs a new one \(CERT_HAS_EXPIRED\)$/,
  ],
  [
    "it is not valid yet",
    pair(root.issue({ name: "broker", ...here, from: "2048-01-01", to: "2049-01-01" })),
    { ca },
    "authentication",
    false,
    /: the broker's certificate is not valid before 2048-01-01: check the clock/,
  ],
  [
    "it is for another host",
    pair(root.issue({ name: "broker", hosts: ["kafka.example.org"] })),
    { ca },
    "authentication",
    false,
    /not for 127\.0\.0\.1; it has DNS:kafka\.example\.org: connect by a name .*advertised\.listeners.*tls\.servername/,
  ],
  ["its issuer is unknown to the host", server, {}, "authentication", false, /one that this host trusts.*tls\.ca/],
  [
    "its issuer is not in tls.ca",
    server,
    { ca: other.cert },
    "authentication",
    false,
    /\(CN=Test Root\) is not among those of tls\.ca/,
  ],
  [
    "it signed itself",
    pair(new Authority("self", here).made),
    { ca },
    "authentication",
    false,
    /signed itself.*tls\.ca \(DEPTH_ZERO/,
  ],
  [
    "the client has no certificate",
    mutual,
    { ca },
    "authentication",
    false,
    /requires a client certificate: set tls\.cert and tls\.key/,
  ],
  [
    "the client has no certificate, TLS 1.2",
    { ...mutual, maxVersion: "TLSv1.2" },
    { ca },
    "authentication",
    false,
    // OpenSSL sends handshake_failure, Java bad_certificate.
    /whether the broker requires tls\.cert and tls\.key/,
  ],
  [
    "no common version",
    { ...server, maxVersion: "TLSv1.2" },
    { ca, minVersion: "TLSv1.3" },
    "authentication",
    false,
    /speaks none of the versions of TLS that are set here \(TLSv1\.3 to any\).*tls\.minVersion/,
  ],
  [
    "no common cipher",
    { ...server, maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" },
    { ca, ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384" },
    "authentication",
    false,
    /no cipher or key type in common: check tls\.ciphers/,
  ],
  [
    "a cipher that there is not",
    server,
    { ca, ciphers: "NO-SUCH-CIPHER" },
    "config",
    false,
    /tls\.ciphers names no cipher of this host: use OpenSSL's names/,
  ],
  [
    "no passphrase",
    mutual,
    { ca, cert: alice.cert, key: encryptedKey(alice.key, "right") },
    "config",
    false,
    /tls\.key is encrypted, and passphrase is missing/,
  ],
  ...(["pkcs8", "sec1"] as const).map((type): Row => [
    `a wrong passphrase, ${type}`,
    mutual,
    { ca, cert: alice.cert, key: keyRefusing(WRONG, "ERR_OSSL_BAD_DECRYPT", alice.key, type), passphrase: WRONG },
    "config",
    false,
    /tls\.passphrase does not open tls\.key/,
  ]),
  [
    "a wrong passphrase that seems to open the key, as one of 256 does",
    mutual,
    { ca, cert: alice.cert, key: keyRefusing(WRONG, "ERR_OSSL_UNSUPPORTED", alice.key), passphrase: WRONG },
    "config",
    false,
    /a certificate or key cannot be read: .*, or tls\.passphrase is wrong/,
  ],
  [
    "a key of another certificate",
    mutual,
    { ca, cert: alice.cert, key: good.key },
    "config",
    false,
    /tls\.key is not the private key of tls\.cert/,
  ],
  [
    "a wrong passphrase of a PKCS12 file",
    mutual,
    { ca, pfx: pkcs12, passphrase: "wr0ng-secret" },
    "config",
    false,
    /tls\.passphrase does not open tls\.pfx/,
  ],
  [
    "a PKCS12 file with old ciphers",
    mutual,
    { ca, pfx: oldPkcs12, passphrase: "store-secret" },
    "config",
    false,
    /old ciphers: openssl pkcs12 -legacy -in FILE -out store\.pem, and pass store\.pem as cert and as key/,
  ],
  [
    "bytes that begin like a PKCS12 file",
    mutual,
    { ca, pfx: pkcs12.subarray(0, 200), passphrase: "store-secret" },
    "config",
    false,
    /tls\.pfx, or the key, is not in a form that this host reads/,
  ],
  [
    "a damaged certificate",
    mutual,
    { ca, cert: alice.cert.replace(/\n[A-Za-z0-9+/]{20}/, "\nAAAAAAAAAAAAAAAAAAAA"), key: alice.key },
    "config",
    false,
    /cannot connect to [^:]+:\d+: \S/,
  ],
  [
    "a protocol that the other end does not accept",
    { ...server, ALPNProtocols: ["kafka"] },
    { ca, alpnProtocols: ["h2"] },
    "authentication",
    false,
    /accepts none of tls\.alpnProtocols/,
  ],
  [
    "the user's own check of the name",
    server,
    { ca, checkServerIdentity: (host) => new Error(`${host} is not pinned`) },
    "authentication",
    false,
    /: tls\.checkServerIdentity refused the broker's certificate: 127\.0\.0\.1 is not pinned \(/,
  ],
  [
    "the user's own check throws",
    server,
    {
      ca,
      checkServerIdentity: () => {
        throw new Error("no pins");
      },
    },
    "authentication",
    false,
    /: tls\.checkServerIdentity refused the broker's certificate: no pins \(/,
  ],
];

for (const [what, serves, tls, kind, isRetriable, says] of ROWS) {
  test(`${what}: the error names the cause and the remedy`, async (t) => {
    const { port } = await tlsServer(t, serves);
    const ended = await exchange(port, tls);
    assert.ok("error" in ended, "it connected");
    const { error } = ended;
    assert.match(error.message, says);
    assert.ok(error.message.startsWith(`cannot connect to 127.0.0.1:${port}: `), error.message);
    assert.deepEqual([error.kind, error.retriable, error.address], [kind, isRetriable, `127.0.0.1:${port}`]);
    assert.doesNotMatch(error.message, /wr0ng-secret|PRIVATE KEY/);
  });
}

/** A server without TLS that does `answer` when it gets the first bytes. */
async function plainServer(t: TestContext, answer: (socket: Socket) => void): Promise<number> {
  const plain = createTcp((socket) => void socket.on("error", () => undefined).once("data", () => answer(socket)));
  plain.listen(0, "127.0.0.1");
  await once(plain, "listening");
  t.after(() => plain.close());
  return (plain.address() as AddressInfo).port;
}

test("TLS to a plain port: it is retried, as a broker that restarts looks the same, and the words name both", async (t) => {
  for (const answer of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
    const ended = await exchange(await plainServer(t, answer), { ca });
    assert.ok("error" in ended);
    assert.deepEqual([ended.error.kind, ended.error.retriable], ["connection", true]);
    assert.match(
      ended.error.message,
      /: the other end closed the connection during the TLS handshake\. A broker that restarts .* a listener with SSL/,
    );
  }
});

test("TLS to a port that speaks HTTP can never succeed", async (t) => {
  const ended = await exchange(await plainServer(t, (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")), {
    ca,
  });
  assert.ok("error" in ended);
  assert.deepEqual([ended.error.kind, ended.error.retriable], ["connection", false]);
  assert.match(ended.error.message, /the port speaks another protocol than TLS/);
});

test("a right client certificate connects, so the rows above fail for their own reasons", async (t) => {
  const { port } = await tlsServer(t, mutual);
  for (const tls of [
    mine,
    { ...mine, key: encryptedKey(alice.key, "right"), passphrase: "right" },
    { ...mine, key: encryptedKey(alice.key, "right", "sec1"), passphrase: () => Promise.resolve("right") },
    { ca: [Buffer.from(other.cert), root.cert], cert: () => Buffer.from(alice.cert), key: () => alice.key },
    // One file with everything in it, as Java's PEM key stores have it.
    { ca, cert: `${alice.key}${alice.cert}`, key: `${alice.key}${alice.cert}` },
  ])
    assert.deepEqual(await exchange(port, tls), { echo: "hello" });
});

test("a client certificate in a PKCS12 file connects", async (t) => {
  const { port } = await tlsServer(t, { ...mutual, ca: clientRoot });
  for (const pfx of [pkcs12, new Uint8Array(pkcs12), () => Promise.resolve(pkcs12)])
    assert.deepEqual(await exchange(port, { ca, pfx, passphrase: "store-secret" }), { echo: "hello" });
});
