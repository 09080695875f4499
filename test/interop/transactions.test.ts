// Transactional producers of other clients have the same results on the embedded cluster, over TCP, as on a real Apache
// Kafka, and our consumer reads the records that they committed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { committed as committedBy } from "../client/committed.ts";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";
import { text } from "../client/world.ts";
import { startKafka } from "../kafka/kafka-cluster.ts";
import { type Peer, PeerProgram } from "./peers.ts";

/** The program's output, the records that a read_committed consumer sees, and the group's offsets. */
async function outcome(
  peer: Peer,
  bootstrapServers: string,
): Promise<{
  readonly said: readonly string[];
  readonly committed: readonly (readonly string[])[];
  readonly offset: number;
}> {
  const kafka = new Kafka({ bootstrapServers, onLog: () => undefined });
  try {
    (
      await kafka.admin().createTopics([
        { topic: "input", numPartitions: 1 },
        { topic: "output", numPartitions: 2 },
      ])
    ).orThrow();
    // On a busy machine a new Kafka has no coordinator for some seconds, and kafkajs does not ask again.
    const member = kafka.consumer({ groupId: "copies", topics: ["input"] });
    await committedBy(member, [{ topic: "input", partition: 0 }]);
    const program = new PeerProgram(peer, ["transactions", bootstrapServers, "input", "output"]);
    const { code, stderr } = await program.ended;
    assert.equal(code, 0, program.lines.join("\n") + stderr);
    const mark = kafka.producer(); // so that the reader knows where the end is
    for (const partition of [0, 1]) await mark.send({ topic: "output", partition, value: "end" });
    await mark.close();
    const committed: string[][] = [[], []];
    const reader = kafka.consumer({ topics: ["output"], isolationLevel: "read_committed" });
    for await (const record of reader) {
      committed[record.partition]?.push(text(record.value) ?? "");
      if (committed.every((values) => values.at(-1) === "end")) break;
    }
    await reader.close();
    const [offset = -1] = await committedBy(member, [{ topic: "input", partition: 0 }]);
    await member.close();
    return { said: program.lines, committed, offset };
  } finally {
    await kafka.close();
  }
}

const kept = ["0", "1", "3", "4", "6", "7", "9"];

for (const transactionVersion of [2, 1] as const) {
  for (const peer of ["librdkafka", "franz-go", "kafkajs"] as const) {
    test(
      `${peer} commits, aborts and is fenced alike on the embedded cluster and on a real one, transaction.version ` +
        `${transactionVersion}`,
      async () => {
        const real = await startKafka({ features: [`transaction.version=${transactionVersion}`] });
        const expected = await outcome(peer, real.bootstrapServers).finally(() => real.stop());
        assert.deepEqual(expected, {
          said: [...Array.from({ length: 10 }, (_, i) => `${i % 3 === 2 ? "aborted" : "committed"} ${i}`), "fenced"],
          committed: [
            [...kept, "end"],
            [...kept, "successor", "end"],
          ],
          offset: 109,
        });
        const embedded = await EmbeddedCluster.start({
          brokers: 3,
          ports: [0, 0, 0],
          transactionVersion,
          transactionMarkerDelayMs: 20,
        });
        assert.deepEqual(await outcome(peer, embedded.bootstrapServers).finally(() => embedded.close()), expected);
      },
    );
  }
}
