import { test } from "node:test";
import assert from "node:assert/strict";
import type { ProduceResponse } from "../../protocol/messages/produce.ts";
import { BatchAnswers } from "./batch-answers.ts";

const ID = "00000000-0000-0000-0000-00000000000a";

/** A response for these topics, each with these partitions in this order; the offset says which part it is. */
function response(...topics: readonly (readonly [name: string, topicId: string, ...partitions: number[]])[]) {
  return {
    responses: topics.map(([name, topicId, ...partitions], place) => ({
      name,
      topicId,
      partitionResponses: partitions.map((index) => ({ index, baseOffset: place * 100 + index })),
    })),
  } as unknown as ProduceResponse;
}

test("each batch gets its own part, in whatever order the broker answers", () => {
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [1, 0, 3, 2],
    [0, 2, 3, 1],
  ]) {
    const answers = new BatchAnswers(response(["b", "", ...order], ["a", "", ...order]));
    for (const partition of [0, 1, 2, 3]) {
      assert.equal(answers.of({ topic: "a", partition }, undefined)?.baseOffset, 100 + partition);
      assert.equal(answers.of({ topic: "b", partition }, undefined)?.baseOffset, partition);
    }
  }
});

test("a topic without a name is found by the id that it had in the request", () => {
  const answers = new BatchAnswers(response(["", ID, 7]));
  assert.equal(answers.of({ topic: "a", partition: 7 }, ID)?.baseOffset, 7);
});

test("a batch that the response does not mention has no part", () => {
  const answers = new BatchAnswers(response(["a", "", 0, 2]));
  assert.equal(answers.of({ topic: "a", partition: 0 }, undefined)?.baseOffset, 0);
  assert.equal(answers.of({ topic: "a", partition: 1 }, undefined), undefined);
  assert.equal(answers.of({ topic: "a", partition: 2 }, undefined)?.baseOffset, 2);
  assert.equal(answers.of({ topic: "b", partition: 0 }, ID), undefined);
  assert.equal(answers.of({ topic: "b", partition: 0 }, ID), undefined);
});
