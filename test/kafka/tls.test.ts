// TLS against a real Apache Kafka: round trips, and each refusal with its kind, its words and its moment.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Kafka, KafkaError, type KafkaOptions, type TlsOptions } from "../../src/node.ts";
import { take, text } from "../client/world.ts";
import { encryptedKey } from "../platform/certificate-maker.ts";
import { exchange } from "../platform/tls-world.ts";
import { ca, clients, otherCa, startTlsKafka, type TlsKafka, type TlsListener } from "./tls-listeners.ts";

let broker: TlsKafka;
const open: Kafka[] = [];

before(async () => {
  broker = await startTlsKafka();
  const admin = client({ bootstrapServers: `127.0.0.1:${broker.plainPort}` }).admin();
  (await admin.createTopics([{ topic: "t", numPartitions: 1 }])).orThrow();
});

after(async () => {
  for (const kafka of open) await kafka.close();
  await broker.stop();
});

function client(options: KafkaOptions): Kafka {
  const kafka = new Kafka({ onLog: () => undefined, ...options });
  open.push(kafka);
  return kafka;
}

const at = (listener: TlsListener, tls: TlsOptions, host = "127.0.0.1"): Kafka =>
  client({ bootstrapServers: `${host}:${broker.ports[listener]}`, tls });

const pair = ({ cert, key }: { readonly cert: string; readonly key: string }): TlsOptions => ({ ca, cert, key });

const ROUND_TRIPS: readonly (readonly [what: string, listener: TlsListener, tls: TlsOptions])[] = [
  ["TLS", "SSL", { ca }],
  ["a certificate of the client", "MTLS", pair(clients.alice)],
  ["a certificate of the client, TLS 1.2", "MTLS12", pair(clients.alice)],
  [
    "an encrypted key",
    "MTLS",
    { ca, cert: clients.alice.cert, key: encryptedKey(clients.alice.key, "right"), passphrase: "right" },
  ],
  ["another name", "WRONGHOST", { ca, servername: "kafka.example.org" }],
  ["no verification", "EXPIRED", { rejectUnauthorized: false }],
];

for (const [what, listener, tls] of ROUND_TRIPS) {
  test(`a round trip with ${what}`, async () => {
    const kafka = at(listener, tls);
    const { offset } = await kafka.producer().send({ topic: "t", value: what });
    const consumer = kafka.consumer({ assign: [{ topic: "t", partition: 0, offset }] });
    const [record] = await take(consumer, 1);
    assert.equal(text(record?.value ?? null), what);
    await consumer.close();
  });
}

const REFUSALS: readonly (readonly [what: string, listener: TlsListener, tls: TlsOptions, says: RegExp])[] = [
  ["the broker's certificate has expired", "EXPIRED", { ca }, /the broker's certificate expired on 2021-01-01: /],
  [
    "it is for another host",
    "WRONGHOST",
    { ca },
    /the broker's certificate is not for 127\.0\.0\.1; it has DNS:kafka\.example\.org: connect by .*servername/,
  ],
  ["its issuer is unknown", "SSL", { ca: otherCa }, /its authority \(CN=Test Root\) is not among those of tls\.ca: /],
  ["the client has no certificate", "MTLS", { ca }, /the broker requires a client certificate: set tls\.cert/],
  [
    "the client has no certificate, TLS 1.2",
    "MTLS12",
    { ca },
    /the broker requires a client certificate: set tls\.cert/,
  ],
  [
    "the client's certificate has expired",
    "MTLS",
    pair(clients.expired),
    /refused the client certificate of CN=alice \(issued by CN=Test Root, valid .* to 2021-01-01\): it has expired/,
  ],
  [
    "the client's certificate has expired, TLS 1.2",
    "MTLS12",
    pair(clients.expired),
    /refused the client certificate of CN=alice \(issued by CN=Test Root, valid .* to 2021-01-01\): it has expired/,
  ],
  [
    "the client's certificate has another issuer",
    "MTLS",
    pair(clients.foreign),
    /refused the client certificate of CN=alice \(issued by CN=Other Root, .*\): it must be issued by an authority/,
  ],
  [
    "the client's certificate has another issuer, TLS 1.2",
    "MTLS12",
    pair(clients.foreign),
    /refused the client certificate of CN=alice \(issued by CN=Other Root, .*\): it must be issued by an authority/,
  ],
];

for (const [what, listener, tls, says] of REFUSALS) {
  test(`${what}: each call ends at once with the cause and the remedy`, async () => {
    const kafka = at(listener, tls);
    const isRefusal = (error: unknown): boolean => {
      assert.ok(KafkaError.is(error), String(error));
      assert.deepEqual([error.kind, error.retriable], ["authentication", false], error.message);
      assert.match(error.message, says);
      return true;
    };
    // A call that waited for one of these limits would never end.
    await assert.rejects(kafka.admin().listTopics({ timeoutMs: 2 ** 30 }), isRefusal);
    await assert.rejects(kafka.producer({ maxBlockMs: 2 ** 30 }).send({ topic: "t", value: "x" }), isRefusal);
  });
}

test("TLS to a plain port is retriable, as a broker that restarts looks the same, and says what may be wrong", async () => {
  const ended = await exchange(broker.plainPort, { ca });
  assert.ok("error" in ended);
  assert.deepEqual([ended.error.kind, ended.error.retriable], ["connection", true]);
  assert.match(ended.error.message, /the other end closed the connection during the TLS handshake\. A broker that/);
});

test("a certificate that is replaced is used by the next connection; one that is refused fails only its calls", async () => {
  let current: { readonly cert: string; readonly key: string } = clients.alice;
  let calls = 0;
  const tls: TlsOptions = {
    ca,
    cert: () => {
      calls++;
      return Promise.resolve(current.cert);
    },
    key: () => current.key,
  };
  const kafka = at("MTLS", tls);
  const listed = async (): Promise<void> => assert.ok((await kafka.admin().listTopics()).length > 0);
  await listed();
  current = clients.expired;
  await assert.rejects(listed(), { kind: "authentication" });
  current = clients.bob;
  await listed();
  assert.equal(calls, 3);
});
