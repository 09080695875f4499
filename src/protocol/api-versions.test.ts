import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import { negotiate } from "./api-versions.ts";
import { listOffsetsApi } from "./messages/list-offsets.ts";

test("the highest version that both sides know, and no higher than the cap", () => {
  for (const [min, max, cap, version] of [
    [0, 5, undefined, 5],
    [0, 99, undefined, 11],
    [11, 20, undefined, 11],
    [0, 1, undefined, 1],
    [0, 99, 7, 7],
    [0, 3, 7, 3],
    [5, 9, 5, 5],
  ] as const) {
    assert.equal(negotiate(listOffsetsApi, { min, max }, cap), version, `${min}-${max}, cap ${cap ?? "none"}`);
  }
});

test("without a common version both ranges and the API are named", () => {
  for (const [min, max, cap, ours] of [
    [12, 20, undefined, "1 to 11"],
    [0, 0, undefined, "1 to 11"],
    [8, 11, 7, "1 to 7"],
  ] as const) {
    assert.throws(
      () => negotiate(listOffsetsApi, { min, max }, cap),
      (e: unknown) =>
        KafkaError.is(e) &&
        e.kind === "unsupported" &&
        e.message === `ListOffsets: the broker serves versions ${min} to ${max}, this client speaks ${ours}`,
    );
  }
});

test("an API that the broker does not serve is named", () => {
  assert.throws(
    () => negotiate(listOffsetsApi, undefined),
    (e: unknown) => KafkaError.is(e) && e.kind === "unsupported" && e.message.includes("ListOffsets (API key 2)"),
  );
});
