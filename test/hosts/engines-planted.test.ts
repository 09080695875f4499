// The comparison of traces is tested: a difference between hosts that is planted in the package changes the traces.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ONE_OF_EACH_ENGINE, findHost, tracesHere } from "./one-trace/hosts.ts";
import { MATH_PLANT, ORDER_PLANT, writeScript } from "./one-trace/script.ts";

const SEEDS = [1, 2];
const folder = mkdtempSync(join(tmpdir(), "odradek-planted-"));
after(() => rmSync(folder, { recursive: true }));

/** The hosts on which the traces differ from those of Node. */
async function differing(script: string): Promise<readonly string[]> {
  const expected = await tracesHere(script, SEEDS);
  const names: string[] = [];
  for (const name of ONE_OF_EACH_ENGINE) {
    const seen = await findHost(name).run(script, SEEDS);
    try {
      assert.deepEqual(seen, expected);
    } catch {
      names.push(name);
    }
  }
  return names;
}

test("the sources without a plant give the traces of the package", async () => {
  const [sources, dist] = [join(folder, "sources.js"), join(folder, "dist.js")];
  await writeScript(sources, { plant: undefined });
  await writeScript(dist, "dist");
  assert.deepEqual(await tracesHere(sources, SEEDS), await tracesHere(dist, SEEDS));
});

// V8 and SpiderMonkey have the same fdlibm. JavaScriptCore and QuickJS use the C library that they are linked with.
test(`planted: ${MATH_PLANT.name}: engines with another exp are seen`, async () => {
  const script = join(folder, "math.js");
  await writeScript(script, { plant: MATH_PLANT });
  assert.deepEqual(await differing(script), ["bun", "quickjs"]);
});

// Node 26 is started with a Danish locale. QuickJS has no Intl. Bun and GJS compare as the Node that runs the tests.
test(`planted: ${ORDER_PLANT.name}: a locale, and an engine without one, are seen`, async () => {
  const script = join(folder, "order.js");
  await writeScript(script, { plant: ORDER_PLANT });
  assert.deepEqual(await differing(script), ["node-26", "quickjs"]);
});

test("the package names no function of Math that engines round differently, and no order of a host's", async () => {
  const script = join(folder, "names.js");
  await writeScript(script, "dist");
  const code = readFileSync(script, "utf8");
  const exact = ["abs", "ceil", "clz32", "floor", "fround", "imul", "max", "min", "round", "sign", "sqrt", "trunc"];
  const used = new Set([...code.matchAll(/\bMath\.(\w+)/g)].map(([, name = ""]) => name));
  assert.ok(used.has("imul"));
  assert.deepEqual(
    [...used].filter((name) => !exact.includes(name)),
    [],
  );
  assert.doesNotMatch(code, /\bMath\[|localeCompare|toLocale|\bIntl\b/);
});
