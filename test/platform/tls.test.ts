// TLS over Node's sockets works, and permanent errors end a call at once with their reason.
import { test } from "node:test";
import assert from "node:assert/strict";
import { connect as connectTcp, createServer as createTcp } from "node:net";
import { type TlsOptions as ServerOptions, createServer } from "node:tls";
import { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka, type KafkaBaseOptions } from "../../src/kafka.ts";
import { nodeListener } from "../../src/platform/node/listener.ts";
import { nodePlatform } from "../../src/platform/node/platform.ts";
import type { Connector, TlsOptions } from "../../src/runtime/byte-stream.ts";
import { authority, elsewhere, expired, good, key } from "./certificates.ts";

/** A cluster behind a TLS listener. */
async function behindTls(
  server: ServerOptions,
  body: (client: (options: KafkaBaseOptions) => Kafka, address: string) => Promise<void>,
): Promise<void> {
  const cluster = await EmbeddedCluster.start(
    { host: "127.0.0.1", ports: [0], topics: { t: 1 } },
    { ...nodePlatform(), listener: nodeListener() },
  );
  const target = Number(cluster.bootstrapServers.split(":")[1]);
  const sockets = new Set<{ destroy(): void }>();
  const front = createServer({ key, ...server }, (client) => {
    const broker = connectTcp(target, "127.0.0.1");
    for (const socket of [client, broker]) sockets.add(socket.on("error", () => undefined));
    client.pipe(broker).pipe(client);
  });
  front.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const { port } = front.address() as { readonly port: number };
  cluster.intercept("Metadata", {
    respond: (response) => ({ ...response, brokers: response.brokers.map((broker) => ({ ...broker, port })) }),
  });
  const clients: Kafka[] = [];
  const client = (options: KafkaBaseOptions): Kafka => {
    const kafka = new Kafka(
      { bootstrapServers: `127.0.0.1:${port}`, onLog: () => undefined, ...options },
      nodePlatform(),
    );
    clients.push(kafka);
    return kafka;
  };
  try {
    await body(client, `127.0.0.1:${port}`);
  } finally {
    for (const kafka of clients) await kafka.close();
    front.close();
    for (const socket of sockets) socket.destroy();
    await cluster.close();
  }
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

test("tls.ca as the bytes of a file was spread into numbers: it works as text, as bytes, and as a list of either", () =>
  behindTls({ cert: good }, async (client) => {
    for (const ca of [
      authority,
      bytes(authority),
      new Uint8Array(bytes(authority)),
      [authority],
      [bytes(elsewhere), bytes(authority)],
    ]) {
      assert.ok((await client({ tls: { ca } }).producer().send({ topic: "t", value: "x" })).offset >= 0);
    }
    for (const ca of [5, [5], {}, null])
      assert.throws(
        () => client({ tls: { ca } as never }),
        (e: unknown) => KafkaError.is(e) && e.kind === "config" && /tls.*ca.*takes/.test(e.message),
      );
  }));

test("a client certificate as bytes works", () =>
  behindTls({ cert: good, requestCert: true, ca: authority }, async (client) => {
    await client({ tls: { ca: bytes(authority), cert: bytes(good), key: bytes(key) } })
      .producer()
      .send({ topic: "t", value: "x" });
  }));

const refusals: readonly (readonly [
  name: string,
  server: ServerOptions,
  client: KafkaBaseOptions,
  kind: string,
  says: RegExp,
])[] = [
  [
    "an unknown issuer",
    { cert: good },
    { tls: true },
    "authentication",
    /tls\.ca \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)$/,
  ],
  [
    "a certificate of another host",
    { cert: elsewhere },
    { tls: { ca: authority } },
    "authentication",
    /elsewhere\.example.*servername to one \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
  ],
  ["an expired certificate", { cert: expired }, { tls: { ca: authority } }, "authentication", /CERT_HAS_EXPIRED/],
  [
    "no client certificate",
    { cert: good, requestCert: true, ca: authority },
    { tls: { ca: authority } },
    "authentication",
    /ALERT/,
  ],
  [
    "no client certificate, TLS 1.2",
    { cert: good, requestCert: true, ca: authority, maxVersion: "TLSv1.2" },
    { tls: { ca: authority } },
    "authentication",
    /ALERT/,
  ],
  [
    "a certificate of another key",
    { cert: good },
    { tls: { ca: authority, cert: authority, key } },
    "config",
    /tls\.key is not the private key of tls\.cert/,
  ],
];
for (const [name, server, options, kind, says] of refusals) {
  test(`${name}: every client was retried until its timeout blamed the topic, and ends at once`, () =>
    behindTls(server, async (client, address) => {
      const isRefusal = (e: unknown): boolean => {
        assert.ok(KafkaError.is(e), String(e));
        assert.equal(e.kind, kind, e.message);
        assert.equal(e.retriable, false);
        assert.match(e.message, says);
        assert.ok(e.message.includes(address), e.message);
        return true;
      };
      const kafka = client(options);
      await assert.rejects(kafka.producer().send({ topic: "t", value: "x" }), isRefusal);
      await assert.rejects(kafka.producer({ transactionalId: "x" }).begin(), isRefusal);
      await assert.rejects(kafka.admin().listTopics(), isRefusal);
      for (const reader of [
        { topics: ["t"] },
        { topics: [/t/] },
        { groupId: "g", topics: ["t"] },
        { groupId: "g", groupProtocol: "classic" as const, topics: ["t"] },
        { assign: [{ topic: "t", partition: 0 }] },
      ]) {
        await assert.rejects(kafka.consumer(reader)[Symbol.asyncIterator]().next(), isRefusal);
      }
    }));
}

test("a client without TLS at a listener with TLS ends at once, by the alert that Kafka answers", async () => {
  const server = createTcp(
    (socket) =>
      void socket
        .on("error", () => undefined)
        .once("data", () => socket.end(new Uint8Array([0x15, 3, 3, 0, 2, 2, 80]))),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const kafka = new Kafka(
    { bootstrapServers: `127.0.0.1:${(server.address() as { readonly port: number }).port}`, onLog: () => undefined },
    nodePlatform(),
  );
  const speaksTls = (e: unknown): boolean =>
    KafkaError.is(e) && e.kind === "connection" && !e.retriable && /set the option tls/.test(e.message);
  await assert.rejects(kafka.producer().send({ topic: "t", value: "x" }), speaksTls);
  await assert.rejects(
    kafka
      .consumer({ topics: ["t"] })
      [Symbol.asyncIterator]()
      .next(),
    speaksTls,
  );
  await kafka.close();
  server.close();
});

test("verification that is switched off: each client warned at every connection, or never; it warns once", () =>
  behindTls({ cert: elsewhere }, async (client) => {
    const lines: string[] = [];
    const kafka = client({
      tls: { rejectUnauthorized: false },
      onLog: ({ level, message }) => {
        if (level === "warn") lines.push(message);
      },
    });
    const producer = kafka.producer();
    for (let i = 0; i < 3; i++) await producer.send({ topic: "t", value: "x" });
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", /^tls\.rejectUnauthorized is false: the brokers' certificates are not verified/);
    await kafka.admin().listTopics();
    assert.equal(lines.length, 1, "once for all clients of one Kafka");
  }));

test("an option that the connector cannot follow was passed to it, and ignored: it is refused before any connection", () => {
  const connector: Connector = { connect: () => assert.fail("it connects"), tlsOptions: ["servername"] };
  const kafkaWith = (tls: TlsOptions | true): Kafka =>
    new Kafka({ bootstrapServers: "kafka:9093", connector, tls }, nodePlatform());
  assert.throws(
    () => kafkaWith({ ca: authority, servername: "a" }),
    (e: unknown) =>
      KafkaError.is(e) &&
      e.kind === "unsupported" &&
      /^tls: this platform cannot follow ca; it can follow servername/.test(e.message),
  );
  kafkaWith(true);
  kafkaWith({ servername: "a" });
});
