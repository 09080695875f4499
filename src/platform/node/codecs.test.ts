import { test } from "node:test";
import assert from "node:assert/strict";
import { zstdByVersions } from "./codecs.ts";

test("the versions of a host tell whether node:zlib has zstd, or that it must be loaded to know", () => {
  assert.equal(zstdByVersions({ node: "20.20.2" }), false);
  assert.equal(zstdByVersions({ node: "22.15.0", zstd: "1.5.6" }), true);
  const hash = "f8745da6ff1ad1e7bab384bd1f9d742439278e99";
  for (const [bun, known] of [
    ["1.1.45", undefined],
    ["1.2.16", undefined],
    ["1.2.23", undefined],
    ["1.3.0", true],
    ["1.4.5", true],
    ["2.0.0", true],
    ["0.8.1", undefined],
    ["1.3.0-canary.1", true],
    ["canary", undefined],
  ] as const)
    assert.equal(zstdByVersions({ node: "26.3.0", zstd: hash, bun }), known, bun);
});
