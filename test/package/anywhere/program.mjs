// The program of test/package/core-anywhere.test.ts. It runs unchanged on Node, in a bare vm context and in QuickJS,
// and uses nothing but ECMAScript, `odradek/core` and what it is given: texts and seeds that the test drew, and
// `drain`, one turn of the host.
import {
  EmbeddedCluster,
  Kafka,
  KafkaError,
  consumeTransformProduce,
  json,
  simulate,
  simulatedPlatform,
  string,
} from "odradek/core";

const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"];

/**
 * Everything once, then a short run for each seed. Returns what was seen, as JSON. `wrap` may give the first client
 * another runtime, made from the platform's.
 */
export async function main({ text, seeds }, drain, wrap) {
  const whole = await everything(text, seeds[0], drain, wrap);
  const runs = [];
  for (const seed of seeds) runs.push(await seeded(text, seed, drain));
  return JSON.stringify({ whole, runs });
}

async function everything(text, seed, drain, wrap) {
  const platform = simulatedPlatform({ seed, drain });
  const seen = await platform.run(async () => {
    const cluster = await EmbeddedCluster.start({ platform, brokers: 3, groups: { initialRebalanceDelayMs: 100 } });
    const kafka = new Kafka(wrap === undefined ? { cluster } : { cluster, runtime: wrap(platform.runtime), platform });
    const parts = {};
    for (const [name, part] of Object.entries({ admin, codecs, groups, transactions, exactlyOnce }))
      parts[name] = await part(kafka, text);
    await kafka.close();
    await cluster.close();
    return {
      ...parts,
      closed: await kafka
        .close()
        .then(
          () => kafka.producer(),
          (error) => error,
        )
        .catch(KafkaError.from)
        .then(({ kind }) => kind),
    };
  });
  const { runtime, scheduler, logged } = platform;
  return {
    ...seen,
    logged,
    left: {
      tasks: runtime.tasks,
      delays: runtime.delays,
      failures: runtime.failures.map(String),
      misuses: runtime.misuses,
    },
    ms: runtime.clock.monotonic(),
    traceHash: scheduler.traceHash,
  };
}

async function admin(kafka, text) {
  const admin = kafka.admin();
  const topics = ["codecs", "classic", "consumer", "ledger", "in", "out"].map((name) => `${text}-${name}`);
  (await admin.createTopics(topics.map((topic) => ({ topic, numPartitions: 2, replicationFactor: 3 })))).orThrow();
  (await admin.createTopics([{ topic: `${text}-gone` }])).orThrow();
  const again = await admin
    .createTopics([{ topic: topics[0] }])
    .then((results) => results.orThrow())
    .catch((error) => error);
  (await admin.deleteTopics([`${text}-gone`])).orThrow();
  const described = (await admin.describeTopics(topics)).orThrow();
  return { again: [KafkaError.is(again), again.kind, again.codeName], listed: await admin.listTopics(), described };
}

/** Every codec in both directions, with keys, headers and text of several bytes a character. */
async function codecs(kafka, text) {
  const topic = `${text}-codecs`;
  const value = (type) => ({ type, text: `${text} äöü € 𝔎 `.repeat(100) });
  for (const compressionType of CODECS) {
    const producer = kafka.producer({ compressionType, key: string(), value: json() });
    await producer.send({
      topic,
      partition: 0,
      key: `key-${compressionType}`,
      value: value(compressionType),
      headers: { codec: compressionType },
    });
    await producer.close();
  }
  const seen = [];
  const consumer = kafka.consumer({ topics: [topic], key: string(), value: json() });
  for await (const record of consumer) {
    if (record.value.text !== value("").text) throw new KafkaError("corrupt", `${record.value.type} gave another text`);
    seen.push([record.key, record.value.type, record.headers.length]);
    if (seen.length === CODECS.length) break;
  }
  await consumer.close();
  return seen;
}

/** Two members of each protocol share a topic: each record is read once, and what was read is committed. */
async function groups(kafka, text) {
  const found = {};
  for (const groupProtocol of ["classic", "consumer"]) {
    const topic = `${text}-${groupProtocol}`;
    const producer = kafka.producer({ lingerMs: 5 });
    const count = 40;
    const seen = [];
    const members = ["a", "b"].map(() =>
      kafka.consumer({ groupId: topic, groupProtocol, topics: [topic], value: string() }),
    );
    let allRead;
    const done = new Promise((resolve) => (allRead = resolve));
    const loops = members.map(async (member) => {
      for await (const { partition, offset, value } of member) {
        seen.push(`${partition}/${offset} ${value}`);
        if (seen.length === count) allRead();
      }
    });
    for (let i = 0; i < count; i++) producer.enqueue({ topic, partition: i % 2, value: `${text} ${i}` });
    await producer.close();
    await done;
    await Promise.all(members.map((member) => member.close()));
    await Promise.all(loops);
    const heir = kafka.consumer({ groupId: topic, groupProtocol, topics: [topic], value: string() });
    const late = kafka.producer();
    await late.send({ topic, partition: 1, value: "after the group" });
    for await (const { value } of heir) {
      seen.push(value);
      break;
    }
    await heir.close();
    found[groupProtocol] = { once: new Set(seen).size, last: seen.at(-1) };
  }
  return found;
}

/** One transaction commits and one aborts: who reads committed records sees the first alone, others see both. */
async function transactions(kafka, text) {
  const topic = `${text}-ledger`;
  const producer = kafka.producer({ transactionalId: text });
  const committed = await producer.transaction(async (tx) => {
    for (const what of ["debit", "credit"]) tx.enqueue({ topic, partition: 0, value: `${what} committed` });
    return "committed";
  });
  const aborted = await producer
    .transaction(async (tx) => {
      await tx.send({ topic, partition: 0, value: "debit aborted" });
      throw new KafkaError("config", "changed its mind");
    })
    .catch((error) => error.message);
  await producer.transaction((tx) => tx.send({ topic, partition: 0, value: "end" }));
  const read = {};
  for (const isolationLevel of ["read_committed", "read_uncommitted"]) {
    read[isolationLevel] = [];
    const consumer = kafka.consumer({ topics: [topic], isolationLevel, value: string() });
    for await (const { value } of consumer) {
      read[isolationLevel].push(value);
      if (value === "end") break;
    }
    await consumer.close();
  }
  return { committed, aborted, read };
}

/** From topic to topic, exactly once, with a transform that fails in between. */
async function exactlyOnce(kafka, text) {
  const [from, to] = [`${text}-in`, `${text}-out`];
  const count = 30;
  const producer = kafka.producer();
  for (let i = 0; i < count; i++) producer.enqueue({ topic: from, key: `${i}`, value: `${i}` });
  await producer.flush();
  let failures = 0;
  const pipe = consumeTransformProduce(kafka, {
    groupId: `${text}-pipe`,
    topics: [from],
    transactionalId: `${text}-pipe`,
    maxRecords: 7,
    consumer: { value: string() },
    transform: (records) => {
      if (failures++ === 1) throw new KafkaError("broker", "this time it does not work", { retriable: true });
      return records.map(({ value }) => ({ topic: to, value: `${value} squared is ${value * value}` }));
    },
  });
  const results = [];
  const reader = kafka.consumer({ topics: [to], isolationLevel: "read_committed", value: string() });
  for await (const { value } of reader) {
    results.push(value);
    if (results.length === count) break;
  }
  await pipe.stop();
  await pipe.ended;
  const { records, aborted } = pipe.counters;
  return { different: new Set(results).size, records, aborted };
}

/** A short run on a network with faults, from a seed. */
async function seeded(text, seed, drain) {
  const topic = `${text}-${seed}`;
  const faults = ["broker-down", "lost-reply", "slow-link"].map((kind, i) => ({
    atMs: 500 + 400 * i,
    durationMs: 300,
    kind,
    node: i,
    broker: seed + i,
    amount: 2,
  }));
  const { value, traceHash, events, virtualMs } = await simulate(
    {
      seed,
      drain,
      brokers: 3,
      topics: { [topic]: { partitions: 3, replicationFactor: 3 } },
      faults: { faults },
      groups: { initialRebalanceDelayMs: 100 },
    },
    async (world) => {
      const [writer, reader] = ["writer", "reader"].map(
        (name) => new Kafka({ ...world.node(name).kafkaOptions, platform: world.node(name).platform }),
      );
      const producer = writer.producer({ transactionalId: text, compressionType: CODECS[1 + (seed % 4)] });
      const consumer = reader.consumer({
        groupId: text,
        groupProtocol: seed % 2 === 0 ? "classic" : "consumer",
        topics: [topic],
        isolationLevel: "read_committed",
        value: string(),
      });
      const seen = [];
      const loop = (async () => {
        for await (const record of consumer) {
          seen.push(record.value);
          if (seen.length === 24) break;
        }
      })();
      for (let i = 0; i < 8; i++) {
        await producer.transaction(async (tx) => {
          for (const part of ["a", "b", "c"]) tx.enqueue({ topic, key: `${i}`, value: `${text} ${i}${part}` });
        });
        await world.sleep(200);
      }
      await loop;
      await writer.close();
      await reader.close();
      world.recordLeaks();
      return {
        records: new Set(seen).size,
        leaks: world.history.filter(({ type, tasks, delays }) => type === "leak" && tasks + delays > 0).length,
      };
    },
  );
  return { seed, ...value, traceHash, events, virtualMs };
}
