// Every TypeScript example of docs/embedded.md does what it says it does without an error; test/house compiles them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import { transformSync } from "esbuild";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";
import { simulate } from "../../src/simulation.ts";
import { inWorld } from "../client/world.ts";
import { root } from "../house/root.ts";

const page = readFileSync(join(root, "docs", "embedded.md"), "utf8");
const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");

/** Runs an example. `names` are its imports, and the variables that earlier examples of the page declare. */
async function run(code: string, names: Readonly<Record<string, unknown>>): Promise<void> {
  const { code: script } = transformSync(`async () => {\n${code.replaceAll(/^import .*$/gm, "")}\n}`, { loader: "ts" });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  await (new Function(...Object.keys(names), `return (${script.trim().replace(/;$/, "")})();`)(
    ...Object.values(names),
  ) as Promise<void>);
}

test("there are examples of both kinds", () => {
  assert.ok(blocks.filter((code) => code.startsWith("import")).length >= 3);
  assert.ok(blocks.filter((code) => !code.startsWith("import")).length >= 12);
});

const quiet = { log: (): void => undefined };
blocks.forEach((code, i) => {
  const title = code.split("\n").find((line) => line !== "" && !line.startsWith("import")) ?? "";
  test(`example ${i + 1} runs: ${title.slice(0, 80)}`, async () => {
    if (code.startsWith("import")) {
      await run(code, { EmbeddedCluster, Kafka, simulate, console: quiet });
      return;
    }
    await inWorld(
      { topics: { orders: 1 }, client: { requestTimeoutMs: 1000, clientId: "billing" } },
      async ({ cluster, kafka }) => {
        const producer = kafka.producer();
        await run(code, { cluster, kafka, producer, console: quiet });
        const { offset } = await producer.send({ topic: "orders", value: "the cluster serves all the same" });
        assert.ok(offset >= 0);
      },
    );
  });
});
