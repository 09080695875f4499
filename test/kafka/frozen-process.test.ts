// A serverless host stops the process between two invocations (SIGSTOP), here for 1 s and for 60 s, with a real Kafka.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Kafka } from "../../src/node.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
before(async () => {
  cluster = await startKafka();
});
after(() => cluster.stop());

test("a process that is stopped for 1 s and for 60 s: each send works at once, over the connections that it had", async (t) => {
  const kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers });
  await kafka.admin().createTopics([{ topic: "frozen", numPartitions: 1 }]);
  await kafka.close();
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("frozen-child.js", import.meta.url)), cluster.bootstrapServers, "frozen"],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  t.after(() => child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const invoke = async (): Promise<{ offset: number; ms: number; connections: number }> => {
    child.stdin.write("one espresso\n");
    const line = await lines.next();
    assert.ok(line.done !== true, "the child lives");
    return JSON.parse(line.value) as { offset: number; ms: number; connections: number };
  };
  const first = await invoke();
  let offset = first.offset;
  for (const stoppedMs of [1000, 1000, 60_000, 1000]) {
    child.kill("SIGSTOP");
    await pause(stoppedMs);
    child.kill("SIGCONT");
    const next = await invoke();
    t.diagnostic(`stopped for ${stoppedMs} ms: the send took ${next.ms} ms, ${next.connections} connections so far`);
    assert.equal(next.offset, ++offset, "once, and in order");
    assert.equal(next.connections, first.connections, "no connection was opened again");
  }
  child.stdin.end();
  const [code] = (await once(child, "exit")) as [number | null];
  assert.equal(code, 0);
});
