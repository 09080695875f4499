// A member of a group, with kafkajs or with the alias. BOOTSTRAP GROUP TOPICS ASSIGNER: prints "joined N" for each
// assignment, "message TOPIC PARTITION OFFSET VALUE" for each message, "crash ERROR". It leaves when its input ends.
import { createRequire } from "node:module";

const [bootstrap, groupId, topics, assigner] = process.argv.slice(2);
const { Kafka, PartitionAssigners, logLevel } = createRequire(import.meta.url)("kafkajs");
const kafka = new Kafka({
  ...{ clientId: "member", brokers: bootstrap.split(","), logLevel: logLevel.NOTHING },
  retry: { initialRetryTime: 50, retries: 8 },
});
const consumer = kafka.consumer({
  ...{ groupId, sessionTimeout: 10_000, rebalanceTimeout: 10_000, heartbeatInterval: 300, maxWaitTimeInMs: 200 },
  ...(assigner === "given" ? { partitionAssigners: [PartitionAssigners.roundRobin] } : {}),
});
const say = (line) => process.stdout.write(`${line}\n`);
consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
  const count = Object.values(payload.memberAssignment).reduce((total, { length }) => total + length, 0);
  say(`joined ${count} ${payload.isLeader ? "leader" : "follower"} ${payload.groupProtocol}`);
});
consumer.on(consumer.events.CRASH, ({ payload }) => say(`crash ${payload.error.name}: ${payload.error.message}`));
await consumer.connect();
await consumer.subscribe({ topics: topics.split(","), fromBeginning: true });
await consumer.run({
  autoCommitInterval: 200,
  partitionsConsumedConcurrently: 3,
  async eachMessage({ topic, partition, message }) {
    say(`message ${topic} ${partition} ${message.offset} ${message.value}`);
  },
});
process.stdin.resume().once("end", async () => {
  await consumer.disconnect();
  process.exit(0);
});
