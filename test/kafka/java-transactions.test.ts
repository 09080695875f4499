// Java's transactional producer, consumer and admin client have the same results on the embedded cluster, over TCP, as
// on a real Apache Kafka, with both versions of the transaction protocol, whether markers come at once or late.
import { test } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { root } from "../house/root.ts";
import { runJava } from "./jars.ts";
import { startKafka } from "./kafka-cluster.ts";

const PROGRAM = join(root, "test", "kafka", "java", "Transactions.java");

async function runOn(bootstrapServers: string, markersMs: number): Promise<string[]> {
  const { code, stdout, stderr } = await runJava(PROGRAM, [bootstrapServers, String(markersMs)]);
  assert.equal(code, 0, stdout + stderr);
  return stdout.trim().split("\n");
}

for (const transactionVersion of [2, 1] as const) {
  test(`Java commits, aborts and is fenced alike on transaction.version ${transactionVersion}`, async (t) => {
    const real = await startKafka({
      features: [`transaction.version=${transactionVersion}`],
      properties: { "transaction.abort.timed.out.transaction.cleanup.interval.ms": "200" },
    });
    const expected = await runOn(real.bootstrapServers, 200).finally(() => real.stop());
    assert.deepEqual(
      expected.filter((line) => /^(committed|hasty|end) /.test(line)),
      ["committed 210 true 210", "hasty 30 true", "end 214 3 0"],
    );
    if (transactionVersion === 2)
      assert.deepEqual(
        expected.filter((line) => /^(late|after) /.test(line)),
        ["late InvalidProducerEpochException", "after committed"],
      );
    await t.test("while coordinators move", async () => {
      const cluster = await EmbeddedCluster.start({
        brokers: 3,
        ports: [0, 0, 0],
        transactionVersion,
        transactionMarkerDelayMs: 20,
      });
      let moves = 0;
      const moving = setInterval(() => {
        cluster.moveCoordinator("transaction", "java", ++moves % 3);
        cluster.moveCoordinator("group", "copies", moves % 3);
      }, 400); // longer than the backoff of Java, which would never find it otherwise
      const said = await runOn(cluster.bootstrapServers, 200).finally(() => clearInterval(moving));
      await cluster.close();
      assert.ok(moves > 5);
      assert.deepEqual(said, expected);
    });
    for (const transactionMarkerDelayMs of [0, 250]) {
      await t.test(`markers after ${transactionMarkerDelayMs} ms`, async () => {
        const cluster = await EmbeddedCluster.start({
          brokers: 3,
          ports: [0, 0, 0],
          transactionVersion,
          transactionMarkerDelayMs,
        });
        const said = await runOn(cluster.bootstrapServers, transactionMarkerDelayMs).finally(() => cluster.close());
        assert.deepEqual(said, expected);
      });
    }
  });
}
