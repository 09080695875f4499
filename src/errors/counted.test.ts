import assert from "node:assert/strict";
import { test } from "node:test";
import { counted } from "./counted.ts";

test("a count and its noun: one is singular, all others plural", () => {
  assert.deepEqual(
    [counted(0, "record"), counted(1, "record"), counted(2, "record")],
    ["0 records", "1 record", "2 records"],
  );
  assert.deepEqual([counted(1, "try", "tries"), counted(3, "try", "tries")], ["1 try", "3 tries"]);
});
