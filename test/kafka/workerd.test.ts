// `odradek` in the real workerd, with a real Kafka. Its own console consumer counts the records.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Kafka } from "../../src/node.ts";
import { root } from "../house/root.ts";
import { startWorkerd, type WorkerdHost } from "../workerd/workerd-host.ts";
import { readLog } from "./read-log.ts";
import { ca, startTlsKafka, type TlsKafka } from "./tls-listeners.ts";

let broker: TlsKafka;
let kafka: Kafka;
let worker: WorkerdHost;
let shop: WorkerdHost;
let bootstrapServers: string;

before(async () => {
  broker = await startTlsKafka();
  bootstrapServers = `127.0.0.1:${broker.plainPort}`;
  kafka = new Kafka({ bootstrapServers });
  const topics = ["produced", "consumed", "kept", "overlapping", "tls", "orders", "answers"];
  (await kafka.admin().createTopics(topics.map((topic) => ({ topic, numPartitions: 3 })))).orThrow();
  const bindings = {
    BOOTSTRAP: bootstrapServers,
    TLS: `127.0.0.1:${broker.ports.SSL}`,
    WRONGHOST: `127.0.0.1:${broker.ports.WRONGHOST}`,
  };
  worker = await startWorkerd(join(root, "test/workerd/worker.js"), { bindings, trusted: ca });
  shop = await startWorkerd(join(root, "examples/workerd-durable-object/worker.js"), {
    bindings,
    durableObjects: ["Shop"],
  });
});

after(async () => {
  await worker.stop();
  await shop.stop();
  await kafka.close();
  await broker.stop();
});

const logOf = async (topic: string): Promise<string[]> =>
  [...(await readLog(bootstrapServers, topic)).values()].flat().sort();
const ask = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await worker.get(path)) as Record<string, unknown>;

test("the runtime keeps the laws", async () => {
  const laws = (await ask("/laws"))["laws"] as readonly { readonly id: string; readonly verdict: string }[];
  assert.equal(laws.length, 25);
  for (const { id, verdict } of laws) assert.equal(verdict, "pass", id);
});

test("a Worker produces: Kafka has each record once", async () => {
  assert.equal((await ask("/produce?topic=produced&n=1000"))["sent"], 1000);
  const log = await logOf("produced");
  assert.equal(log.length, 1000);
  assert.equal(new Set(log).size, 1000);
});

test("Workers consume in a group, for a bounded time each, and the next goes on where the last one stopped", async () => {
  const producer = kafka.producer();
  const values = Array.from({ length: 200 }, (_, i) => `v${i}`).sort();
  await Promise.all(values.map((value) => producer.send({ topic: "consumed", key: value, value })));
  const first = (await ask("/consume?topic=consumed&group=g&n=120"))["values"] as string[];
  const second = (await ask("/consume?topic=consumed&group=g&n=80"))["values"] as string[];
  assert.equal(first.length, 120);
  assert.deepEqual([...first, ...second].sort(), values);
});

test("a consumer without records ends when its time is over", async () => {
  assert.deepEqual(await ask("/consume?topic=tls&group=idle&n=1&ms=500"), { values: [] });
});

test("a client that a plain Worker keeps is refused at once in the next request; a new client works", async () => {
  assert.equal((await ask("/kept?topic=kept&value=a"))["error"], undefined);
  for (const call of ["kept", "keptConsumer", "keptAdmin", "keptClose"]) {
    const { error, kind, ms } = await ask(`/${call}?topic=kept&value=b`);
    assert.equal(kind, "closed", `${call}: ${String(error)}`);
    assert.match(String(error), /belongs to another request.*a Kafka for each request.*Durable Object/s);
    assert.ok((ms as number) < 2000, `${call}: ${String(ms)} ms`);
  }
  await ask("/forget");
  assert.equal((await ask("/kept?topic=kept&value=c"))["error"], undefined);
  assert.deepEqual(await logOf("kept"), ["a", "c"]);
});

test("requests that overlap and share a client: each record that was acknowledged is there once, no other is", async () => {
  await ask("/forget");
  const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => ask(`/kept?topic=overlapping&value=${i}`)));
  const written = answers.flatMap(({ error }, i) => (error === undefined ? [`${i}`] : []));
  assert.ok(written.length > 0);
  for (const { error, kind } of answers) if (error !== undefined) assert.equal(kind, "closed");
  assert.deepEqual(await logOf("overlapping"), written.sort());
});

test("a Kafka in the global scope belongs to the first request", async () => {
  assert.equal((await ask("/global"))["error"], undefined);
  assert.equal((await ask("/global"))["kind"], "closed");
});

test("TLS with the roots that the host trusts; options that it cannot follow are refused", async () => {
  assert.equal((await ask("/tls?topic=tls"))["offset"], 0);
  assert.deepEqual(await logOf("tls"), ["secret"]);
  for (const option of ["ca", "cert", "key", "pfx", "passphrase", "ciphers", "minVersion", "maxVersion"])
    assert.match(String((await ask(`/tls?option=${option}`))["error"]), new RegExp(`unsupported.*${option}`, "s"));
  for (const option of ["checkServerIdentity", "rejectUnauthorized", "servername"])
    assert.match(String((await ask(`/tls?option=${option}`))["error"]), new RegExp(`unsupported.*${option}`, "s"));
  assert.match(String((await ask("/tls?address=WRONGHOST"))["error"]), /cannot connect to 127\.0\.0\.1:\d+/);
  assert.match(String((await ask("/tls?address=BOOTSTRAP"))["error"]), /cannot connect to 127\.0\.0\.1:\d+/);
});

test("an address without a broker is named", async () => {
  assert.match(String((await ask("/nobody"))["error"]), /cannot connect to 127\.0\.0\.1:1: /);
});

test("the example: one client of a Durable Object serves 100 requests and keeps a consumer", async () => {
  const producer = kafka.producer();
  const offsets = new Set<string>();
  for (let i = 0; i < 100; i++) {
    const { partition, offset } = JSON.parse(await shop.post("/orders", `order ${i}`)) as Record<string, number>;
    offsets.add(`${partition}-${offset}`);
    if (i % 10 === 0) await producer.send({ topic: "answers", value: `answer ${i}` });
  }
  assert.equal(offsets.size, 100);
  const log = await logOf("orders");
  assert.deepEqual(log, Array.from({ length: 100 }, (_, i) => `order ${i}`).sort());
  // The consumer reads between requests: each of these asks once more, and ends when it has read all.
  let answers = 0;
  while (answers < 10) ({ answers } = JSON.parse(await shop.get("/answers")) as { answers: number });
  assert.equal(answers, 10);
});
