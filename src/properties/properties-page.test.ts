import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FILE_ENTRIES } from "./connection-properties.ts";
import { RULES } from "./property-rules.ts";

test("docs/properties.md has each entry with its option, and no others", () => {
  const page = readFileSync(fileURLToPath(new URL("../../../docs/properties.md", import.meta.url)), "utf8");
  const rows = [...page.matchAll(/^\| (`[^|]+`) \| `(\w+)` \|$/gm)].map(([, names = "", option = ""]) => [
    names.replaceAll("`", "").split(", "),
    option,
  ]);
  assert.deepEqual(
    rows,
    RULES.map(({ names, option }) => [[...names], option]),
  );
  assert.deepEqual(
    FILE_ENTRIES.filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
});
