// The recipe of docs/shutdown.md, run as it stands: a signal in the middle of a record. Only the import path and the
// address are replaced.
import { test } from "node:test";
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../house/root.ts";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";

/** The work on a record: it reports each step, and a record is done when the parent says so. */
const HANDLE = `
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.send("signalled"));
export function handle(record) {
  process.send("working on " + record.offset);
  return new Promise((resolve) => process.once("message", resolve));
}
`;

/** The recipe: the first block of the page. */
function recipe(): string {
  return /```js\n([\s\S]*?)```/.exec(readFileSync(join(root, "docs", "shutdown.md"), "utf8"))?.[1] ?? "";
}

function replaced(text: string, from: string, to: string): string {
  assert.equal(text.split(from).length, 2, `${from} is in the recipe once`);
  return text.replace(from, to);
}

/** The next message of the child; rejects when it ends before, with what it printed. */
async function message(child: ChildProcess, printed: () => string): Promise<unknown> {
  const ended = new AbortController();
  const end = once(child, "exit", { signal: ended.signal }).then(([code]) =>
    Promise.reject(new Error(`the child ended with ${String(code)}: ${printed()}`)),
  );
  end.catch(() => undefined);
  const [first] = (await Promise.race([once(child, "message"), end])) as [unknown];
  ended.abort();
  return first;
}

test("the recipe of docs/shutdown.md has at most ten lines", () => {
  assert.ok(recipe().includes("SIGTERM"));
  assert.ok(recipe().trim().split("\n").length <= 10);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(
    `the recipe of docs/shutdown.md: ${signal} in the middle of a record: it is committed, the group is left, exit ` +
      "code 0",
    async () => {
      const cluster = await EmbeddedCluster.start({
        ports: [0],
        topics: { orders: 1 },
        groups: { initialRebalanceDelayMs: 0 },
      });
      const kafka = new Kafka({ cluster });
      const folder = mkdtempSync(join(tmpdir(), "odradek-shutdown-"));
      let printed = "";
      let child: ChildProcess | undefined;
      try {
        const producer = kafka.producer();
        for (const value of ["a", "b", "c"]) await producer.send({ topic: "orders", value });
        const library = JSON.stringify(new URL("../../src/node.js", import.meta.url).href);
        const program = replaced(replaced(recipe(), '"odradek"', library), "localhost:9092", cluster.bootstrapServers);
        writeFileSync(join(folder, "handle.mjs"), HANDLE);
        writeFileSync(join(folder, "recipe.mjs"), program);
        child = spawn(process.execPath, [join(folder, "recipe.mjs")], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
        for (const stream of [child.stdout, child.stderr])
          stream?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
        assert.equal(await message(child, () => printed), "working on 0");
        const [joined] = cluster.snapshot().groups;
        assert.deepEqual([joined?.groupId, joined?.members.length, joined?.offsets.length], ["billing", 1, 0]);
        child.kill(signal);
        assert.equal(await message(child, () => printed), "signalled");
        // A further record would be reported: then it does not end.
        const next = Promise.race([once(child, "close"), once(child, "message")]);
        child.send("done");
        assert.deepEqual(await next, [0, null], printed);
        const [left] = cluster.snapshot().groups;
        assert.deepEqual(left?.members, [], "the group was left");
        assert.deepEqual(
          left.offsets.map(({ topic, partition, offset }) => [topic, partition, offset]),
          [["orders", 0, 1]],
        );
        assert.equal(printed, "", "nothing is logged");
      } finally {
        child?.kill("SIGKILL");
        rmSync(folder, { recursive: true, force: true });
        await kafka.close();
        await cluster.close();
      }
    },
  );
}
