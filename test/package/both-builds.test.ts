// One process loads both builds of the package: objects created with one work with the other, in both directions.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { commitSeed } from "./commit-seed.ts";
import { InstalledPackage } from "./packed.ts";

let installed: InstalledPackage;

before(() => {
  installed = InstalledPackage.install();
});

after(() => installed.remove());

/** Each crossing as the body of a function of what is made there (`a`) and what uses it here (`b`). */
const CROSSINGS: Readonly<Record<string, string>> = {
  "an EmbeddedCluster": `
    const cluster = await a.EmbeddedCluster.start({ topics: { t: 1 } });
    const kafka = new b.Kafka({ cluster });
    await kafka.producer().send({ topic: "t", value: text });
    for await (const { value } of kafka.consumer({ topics: ["t"], value: b.string() })) { assert.equal(value, text); break; }
    await kafka.close();
    await cluster.close();`,
  "a KafkaError": `
    const error = new a.KafkaError("config", text);
    assert.ok(b.KafkaError.is(error));
    assert.equal(b.KafkaError.from(error), error);
    const cluster = await b.EmbeddedCluster.start({ topics: { t: 1 } });
    const kafka = new b.Kafka({ cluster });
    const producer = kafka.producer({ value: { serialize() { throw error; }, deserialize: (bytes) => bytes } });
    const failure = await producer.send({ topic: "t", value: 1 }).catch((failed) => failed);
    assert.equal(failure.cause, error);
    await kafka.close();
    await cluster.close();`,
  serdes: `
    await withKafka(b, async (kafka) => {
      await kafka.producer({ key: a.string(), value: a.json() }).send({ topic: "t", key: text, value: { text } });
      for await (const { key, value } of kafka.consumer({ topics: ["t"], key: a.string(), value: a.json() })) { assert.deepEqual([key, value], [text, { text }]); break; }
    });`,
  codecs: `
    await withKafka(b, async (kafka) => {
      for (const compressionType of ["gzip", "snappy", "lz4", "zstd"]) await kafka.producer({ compressionType }).send({ topic: "t", value: text.repeat(100) });
      let seen = 0;
      for await (const { value } of kafka.consumer({ topics: ["t"], value: b.string() })) { assert.equal(value, text.repeat(100)); if (++seen === 4) break; }
    }, { codecs: a.portableCodecs() });`,
  "an assignor": `
    const assignor = { name: "mine", assign: ({ members, topics }) => {
      const [first, ...others] = members;
      return new Map([[first.memberId, [{ topic: "t", partitions: [0] }]], ...others.map(({ memberId }) => [memberId, []])]);
    } };
    await withKafka(b, async (kafka) => {
      await kafka.producer().send({ topic: "t", value: text });
      const made = new a.Kafka({ cluster: kafka.location }).consumer({ groupId: "g", topics: ["t"], groupProtocol: "classic", value: a.string() });
      for await (const { value } of made) { assert.equal(value, text); break; }
      await made.close();
    });`,
  "a platform and its parts": `
    const cluster = await b.EmbeddedCluster.start({ topics: { t: 1 }, platform: a.nodePlatform(), ports: [0] });
    const { bootstrapServers } = cluster;
    for (const options of [{ platform: a.nodePlatform() }, { connector: a.nodeConnector() }, { runtime: a.nodeRuntime() }, { runtime: a.wheelRuntime({ runtime: a.nodeRuntime(), clock: { now: () => Date.now(), monotonic: () => performance.now() } }) }]) {
      const kafka = new b.Kafka({ bootstrapServers, ...options });
      await kafka.producer().send({ topic: "t", value: text });
      await kafka.close();
    }
    await cluster.close();`,
  "a record, to be sent and committed": `
    await withKafka(b, async (kafka) => {
      await kafka.producer().send({ topic: "t", value: text });
      const other = new a.Kafka({ cluster: kafka.location });
      const consumer = other.consumer({ topics: ["t"] });
      let record;
      for await (record of consumer) break;
      await kafka.producer().send(record);
      assert.ok(b.KafkaRecord.is(record));
      const member = kafka.consumer({ groupId: "g", topics: ["t"] });
      for await (const _ of member) { member.seek(record, 0); member.pause([record]); break; }
      await member.close();
      await other.close();
    });`,
  "a producer for dead letters, and a transactional pipe": `
    await withKafka(b, async (kafka) => {
      const other = new a.Kafka({ cluster: kafka.location });
      await kafka.producer().send({ topic: "t", value: "no json: " + text });
      const consumer = kafka.consumer({ topics: ["t"], value: b.json(), onPoison: b.deadLetter(other.producer(), { topic: "dead" }) });
      const loop = (async () => { for await (const _ of consumer); })();
      for await (const { value } of other.consumer({ topics: ["dead"], value: a.string() })) { assert.equal(value, "no json: " + text); break; }
      await consumer.close();
      await loop;
      await other.close();
    });`,
};

const program = (crossing: string): string => `
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import * as node from "odradek/node";
import * as embedded from "odradek/embedded";
import * as records from "odradek/records";
import * as runtime from "odradek/runtime";
const require = createRequire(import.meta.url);
const esm = { ...runtime, ...records, ...node, ...embedded };
const cjs = { ...require("odradek/runtime"), ...require("odradek/records"), ...require("odradek/node"), ...require("odradek/embedded") };
assert.notEqual(esm.KafkaError, cjs.KafkaError);
const text = ${JSON.stringify(commitSeed())};
async function withKafka(b, body, options = {}) {
  const cluster = await b.EmbeddedCluster.start({ topics: { t: 1 } });
  const kafka = Object.assign(new b.Kafka({ cluster, onLog: () => undefined, ...options }), { location: cluster });
  await body(kafka);
  await kafka.close();
  await cluster.close();
}
const cross = async (a, b) => {${crossing}
};
await cross(esm, cjs);
await cross(cjs, esm);
console.log("crossed");
`;

for (const [what, crossing] of Object.entries(CROSSINGS)) {
  test(`${what}: made with the ES modules, used with the CommonJS build, and the other way`, () => {
    installed.write("cross.mjs", program(crossing));
    assert.equal(installed.mustRun(process.execPath, "cross.mjs").trim(), "crossed");
  });
}
