// kafkajs against any cluster: says in plain lines what came of it.
//   transactions BOOTSTRAP INPUT OUTPUT ten transactions, every third aborted; then a second producer fences the first
//   consume BOOTSTRAP TOPIC GROUP range a member of a group that reads until its input is closed: "leads" before it as
//   the leader, "assigned N", "record P O V"
//   round-trip BOOTSTRAP TOPIC GROUP SETTINGS over TLS and SASL: "produced N", "record V"; "failed ERROR" at the end if
//   it was refused
import { readFileSync } from "node:fs";
import { Kafka, logLevel } from "kafkajs";

const [command, bootstrap, ...rest] = process.argv.slice(2);
const kafka = new Kafka({ clientId: "interop", brokers: bootstrap.split(","), logLevel: logLevel.NOTHING });

async function connected() {
  const producer = kafka.producer({ transactionalId: "kafkajs", maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  return producer;
}

const say = (line) => process.stdout.write(`${line}\n`);

async function transactions(input, output) {
  const first = await connected();
  for (let i = 0; i < 10; i++) {
    const transaction = await first.transaction();
    for (const partition of [0, 1])
      await transaction.send({ topic: output, messages: [{ partition, value: String(i) }] });
    await transaction.sendOffsets({
      consumerGroupId: "copies",
      topics: [{ topic: input, partitions: [{ partition: 0, offset: String(100 + i) }] }],
    });
    if (i % 3 === 2) await transaction.abort();
    else await transaction.commit();
    say(`${i % 3 === 2 ? "aborted" : "committed"} ${i}`);
  }
  const zombie = await first.transaction();
  await zombie.send({ topic: output, messages: [{ partition: 0, value: "zombie" }] });
  const second = await connected();
  const transaction = await second.transaction();
  await transaction.send({ topic: output, messages: [{ partition: 1, value: "successor" }] });
  await transaction.commit();
  const error = await zombie.commit().then(
    () => undefined,
    (reason) => reason,
  );
  say(
    error === undefined
      ? "not fenced"
      : ["INVALID_PRODUCER_EPOCH", "PRODUCER_FENCED"].includes(error.type)
        ? "fenced"
        : `not fenced: ${error.type} ${error.message}`,
  );
  await second.disconnect();
  process.exit(0);
}

async function consume(topic, groupId) {
  const consumer = kafka.consumer({ groupId, heartbeatInterval: 300, sessionTimeout: 6000, rebalanceTimeout: 6000 });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    if (payload.isLeader) say("leads");
    say(`assigned ${payload.memberAssignment[topic]?.length ?? 0}`);
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommitInterval: 200,
    eachMessage: async ({ partition, message }) => say(`record ${partition} ${message.offset} ${message.value}`),
  });
  process.stdin.resume().once("end", async () => {
    await consumer.disconnect();
    process.exit(0);
  });
}

function securedKafka({ mechanism, username, password, token, ca }) {
  const sasl =
    mechanism === "OAUTHBEARER"
      ? { mechanism: "oauthbearer", oauthBearerProvider: async () => ({ value: token }) }
      : { mechanism: mechanism.toLowerCase(), username, password };
  return new Kafka({
    ...{ clientId: "interop", brokers: bootstrap.split(","), logLevel: logLevel.NOTHING, sasl },
    ssl: { ca: [readFileSync(ca)] },
    retry: { retries: 3 },
  });
}

async function roundTrip(topic, groupId, settings) {
  const secured = JSON.parse(settings);
  const kafka = securedKafka(secured);
  try {
    const producer = kafka.producer();
    await producer.connect();
    for (let i = 0; i < secured.count; i++) {
      await producer.send({ topic, messages: [{ value: String(i) }] });
      await new Promise((resolve) => setTimeout(resolve, secured.pauseMs ?? 0));
    }
    await producer.disconnect();
    say(`produced ${secured.count}`);
    const consumer = kafka.consumer({ groupId });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise((resolve, reject) => {
      let left = secured.count;
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer
        .run({
          eachMessage: async ({ message }) => {
            say(`record ${message.value}`);
            left--;
            if (left === 0) resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
  } catch (error) {
    say(`failed ${error.name}: ${error.message}`);
  }
  process.exit(0);
}

await { transactions, consume, "round-trip": roundTrip }[command](...rest);
