import { test } from "node:test";
import assert from "node:assert/strict";
import { encodeRequest, encodeResponse } from "../protocol/headers.ts";
import { schemas } from "../protocol/messages/all.ts";
import { apiName, requestInWords, responseInWords } from "./message-words.ts";

const metadata = { key: 3, name: "Metadata", request: schemas.MetadataRequest, response: schemas.MetadataResponse };

/** A frame without its size prefix. */
function frame(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(chunks.flatMap((chunk) => [...chunk])).subarray(4);
}

test("a request is described field by field, without empty fields, nulls and −1", () => {
  const { text, ...head } = requestInWords(
    frame(encodeRequest(metadata, { topics: [{ name: "orders" }], allowAutoTopicCreation: false }, 12, 7, "shop")),
  );
  assert.deepEqual(head, { apiKey: 3, apiVersion: 12, correlationId: 7 });
  assert.match(text, /^topics:\n {2}topicId: \S+\n {2}name: orders\nallowAutoTopicCreation: false/);
});

test("a response is decoded with the API and version of its request; one that cannot be read says why", () => {
  const bytes = frame(
    encodeResponse(metadata, { clusterId: "c", controllerId: 2, brokers: [{ nodeId: 1, host: "h", port: 9 }] }, 12, 7),
  );
  assert.match(responseInWords(bytes, 3, 12), /brokers:\n {2}nodeId: 1\n {2}host: h\n {2}port: 9\n/);
  assert.match(responseInWords(bytes.subarray(0, 12), 3, 12), /^it cannot be decoded: /);
  assert.equal(responseInWords(bytes, -1, 0), "");
});

test("APIs have Kafka's names, and unknown ones their number", () =>
  assert.deepEqual([apiName(0), apiName(999)], ["Produce", "API 999"]));
