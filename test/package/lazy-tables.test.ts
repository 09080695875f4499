// Work that the package leaves for later when it is imported, because every program would pay for it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../house/root.ts";

/** Counts the tables of fflate, by their length: after the import, and after a round trip. */
const PROGRAM = `
const counts = [];
let tables = 0;
globalThis.Uint16Array = new Proxy(Uint16Array, {
  construct: (target, args) => {
    if (args[0] === 32_768) tables++;
    return new target(...args);
  },
});
const { portableCodecs } = await import(${JSON.stringify(pathToFileURL(join(root, "dist", "records.js")).href)});
counts.push(tables);
const { gzip } = portableCodecs();
const bytes = new TextEncoder().encode("a text that repeats, ".repeat(1000));
const same = Buffer.compare(bytes, gzip.decompress(gzip.compress(bytes), bytes.length)) === 0;
counts.push(tables > 0, same);
console.log(JSON.stringify(counts));
`;

test("the tables of the gzip codec are filled by its first use: at import they took 5 ms of each program's start", () => {
  const text = execFileSync(process.execPath, ["--input-type=module", "--eval", PROGRAM], { encoding: "utf8" });
  assert.deepEqual(JSON.parse(text), [0, true, true]);
});
