// Runs life-program.ts on some Node, beside a cluster of three brokers of which one is stopped.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { root } from "../house/root.ts";

const PROGRAM = join(root, "build/test/kafkajs/life-program.js");
const TOPICS = { orders: { partitions: 4, replicationFactor: 3 } };

/** The lines of the program, once it has ended by itself, and what it wrote to stderr. */
export async function wholeLife(node: string, module: string): Promise<{ lines: string[]; stderr: string }> {
  const cluster = await EmbeddedCluster.start({
    host: "127.0.0.1",
    brokers: 3,
    topics: TOPICS,
    groups: { initialRebalanceDelayMs: 0 },
  });
  try {
    const child = spawn(node, ["--trace-warnings", PROGRAM, module, cluster.bootstrapServers], {
      cwd: root,
      env: { ...process.env, KAFKAJS_NO_PARTITIONER_WARNING: "1", NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    let stopping: Promise<void> | undefined;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (stdout.includes("kill\n")) stopping ??= cluster.stopBroker(1);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const code = await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
    await stopping;
    assert.equal(code, 0, stderr);
    return { lines: stdout.trim().split("\n"), stderr };
  } finally {
    await cluster.close();
  }
}

/** Fails unless the program has ended by itself, with nothing left, and said nothing of rejections and warnings. */
export async function endsClean(node: string, module: string): Promise<void> {
  const { lines, stderr } = await wholeLife(node, module);
  assert.deepEqual([lines[0], lines.length], ["kill", 2], lines.join("\n"));
  const { version, ...result } = JSON.parse(lines[1] ?? "") as Record<string, unknown>;
  assert.match(String(version), /^v\d+/);
  assert.deepEqual(result, { left: [], rejections: [], warnings: [], read: 60 });
  assert.equal(stderr, "");
}
