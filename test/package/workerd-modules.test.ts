// No module of the package does at its top what workerd forbids there: I/O, timers, random values.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../house/root.ts";
import { startWorkerd } from "../workerd/workerd-host.ts";

const ENTRIES = ["", "/workerd", "/core", "/embedded", "/runtime", "/protocol", "/records", "/prometheus"];
/** Compatibility dates with Node's modules and without. */
const DATES = ["2026-11-01", "2025-01-01"];

/** Chunks that only other hosts load. */
const OTHERS = /^(platform-node|entry-node|.*-esm|opentelemetry|tunnel-server)/;

async function loadedAs(lines: readonly string[], compatibilityDate: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "odradek-modules-"));
  const file = join(folder, "worker.mjs");
  writeFileSync(
    file,
    `${lines.join("\n")}\nexport default { fetch: () => new Response(String(loaded.every(Boolean))) };\n`,
  );
  const worker = await startWorkerd(file, { compatibilityDate }).finally(() => rmSync(folder, { recursive: true }));
  return worker.get("/").finally(() => worker.stop());
}

for (const date of DATES)
  test(`workerd of ${date}: every module is loaded in the global scope`, async () => {
    const chunks = readdirSync(join(root, "dist", "chunks")).filter((file) => !OTHERS.test(file));
    assert.ok(chunks.includes("platform-workerd.js") && chunks.length > 20);
    const names = [...ENTRIES.map((entry) => `odradek${entry}`), ...chunks.map((f) => join(root, "dist", "chunks", f))];
    const imports = names.map((name, i) => `import * as m${i} from ${JSON.stringify(name)};`);
    const list = `const loaded = [${names.map((_, i) => `Object.keys(m${i}).length`).join(", ")}];`;
    assert.equal(await loadedAs([...imports, list], date), "true");
  });

const FORBIDDEN: Readonly<Record<string, string>> = {
  "a random value": "crypto.getRandomValues(new Uint8Array(1)).length",
  "a timer": "setTimeout(() => undefined, 1)",
  "a request": 'fetch("http://127.0.0.1:1")',
};
for (const [what, call] of Object.entries(FORBIDDEN))
  test(`the check is sharp: ${what} at the top of a module is refused`, async () => {
    const line = `const loaded = [await ${call}];`;
    await assert.rejects(loadedAs([line], DATES[0] ?? ""), /Disallowed operation called within global scope/);
  });
