// Members of Odradek's consumer, as Members.java has them of Java's: the same command line, the same lines in and out.
import { createInterface } from "node:readline";
import { Kafka } from "odradek";

const [bootstrapServers, topic, groupId, groupProtocol, heartbeat] = process.argv.slice(2);
const members = new Map();

function tell(member, what, partitions) {
  process.stdout.write(
    `${JSON.stringify({ at: Date.now(), member, what, partitions: partitions.map(({ partition }) => partition) })}\n`,
  );
}

function add(name) {
  const kafka = new Kafka({ bootstrapServers, clientId: name });
  const classic =
    groupProtocol === "classic"
      ? { heartbeatIntervalMs: Number(heartbeat), partitionAssignmentStrategy: ["cooperative-sticky"] }
      : {};
  const hook = (what) => (partitions) => tell(name, what, partitions);
  const consumer = kafka.consumer({
    groupId,
    groupProtocol,
    topics: [topic],
    autoOffsetReset: "earliest",
    ...classic,
    onAssigned: hook("assigned"),
    onRevoked: hook("revoked"),
    onLost: hook("lost"),
  });
  consumer.run({ eachRecord: () => undefined }).catch((error) => {
    console.error(`${name}: ${error}`);
    process.exitCode = 1;
  });
  members.set(name, kafka);
}

async function remove(name) {
  await members.get(name)?.close();
  members.delete(name);
}

for await (const line of createInterface({ input: process.stdin })) {
  const [what, name] = line.split(" ");
  if (what === "add") add(name);
  else remove(name).catch((error) => console.error(`${name}: ${error}`));
}
await Promise.all([...members.keys()].map(remove));
