import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, peekCorrelationId } from "./headers.ts";
import { apiVersionsApi } from "./messages/api-versions.ts";
import { metadataApi } from "./messages/metadata.ts";

const frameOf = (chunks: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(chunks)).subarray(4);
const never = (): boolean => false;
const protocol = (e: unknown): boolean => KafkaError.is(e) && e.kind === "protocol";

test("the size in front of a frame is that of what follows, for requests and responses", () => {
  for (const chunks of [
    encodeRequest(metadataApi, { topics: null }, 12, 7, "me"),
    encodeResponse(metadataApi, { clusterId: "c" }, 12, 7),
  ]) {
    const bytes = Buffer.concat(chunks);
    assert.equal(bytes.readInt32BE(0), bytes.length - 4);
  }
});

test("client ids come back: null, empty, non-ASCII; a flexible version has tags behind them, others have not", () => {
  for (const clientId of [null, "", "me", "Größe-日本-🚀"]) {
    for (const version of [1, 12]) {
      const frame = frameOf(encodeRequest(metadataApi, { topics: null }, version, 2 ** 31 - 1, clientId));
      const request = decodeRequest(frame, (key, v) => key === 3 && v >= 9);
      assert.deepEqual(
        [request.apiKey, request.apiVersion, request.correlationId, request.clientId],
        [3, version, 2 ** 31 - 1, clientId],
      );
      const textBytes = clientId === null ? 0 : Buffer.byteLength(clientId);
      assert.equal(request.reader.offset, 10 + textBytes + (version === 12 ? 1 : 0));
    }
  }
});

test("the client id of a flexible request is not compact: two bytes of length", () => {
  const frame = frameOf(encodeRequest(metadataApi, { topics: null }, 12, 1, "ab"));
  assert.deepEqual([...frame.subarray(8, 13)], [0, 2, 97, 98, 0]);
});

test("tagged fields of a request's header are skipped, and lying ones are refused", () => {
  const header = [0, 3, 0, 12, 0, 0, 0, 1, 0xff, 0xff];
  assert.equal(decodeRequest(Uint8Array.from([...header, 2, 0, 2, 9, 9, 5, 0, 42]), () => true).reader.uint8(), 42);
  for (const tags of [[1], [1, 0], [1, 0, 3, 1], [0xff, 0xff, 0xff, 0xff, 0x0f], [1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f]])
    assert.throws(() => decodeRequest(Uint8Array.from([...header, ...tags]), () => true), protocol);
});

test("a client id of negative length that is not null, or beyond the frame, is refused", () => {
  for (const length of [
    [0xff, 0xfe],
    [0x80, 0],
    [0x7f, 0xff],
    [0, 1],
  ])
    assert.throws(() => decodeRequest(Uint8Array.from([0, 3, 0, 1, 0, 0, 0, 1, ...length]), never), protocol);
});

test("a request cut anywhere in its header is refused", () => {
  const frame = frameOf(encodeRequest(metadataApi, { topics: null }, 1, 1, "client"));
  for (let length = 0; length < 16; length++)
    assert.throws(() => decodeRequest(frame.subarray(0, length), never), protocol);
});

test("an ApiVersions response has header 0 in every version, so that there are no tags to trip over", () => {
  for (let version = apiVersionsApi.response.min; version <= apiVersionsApi.response.max; version++) {
    const frame = frameOf(encodeResponse(apiVersionsApi, { errorCode: 35 }, version, -5));
    assert.deepEqual([...frame.subarray(0, 6)], [255, 255, 255, 251, 0, 35]);
    assert.equal(peekCorrelationId(frame), -5);
    const { correlationId, message } = decodeResponse(apiVersionsApi, frame, version);
    assert.deepEqual([correlationId, message.errorCode], [-5, 35]);
  }
});

test("tagged fields of a response's header are skipped; a header cut short is named as such", () => {
  const plain = frameOf(encodeResponse(metadataApi, { clusterId: "c" }, 12, 3));
  assert.equal(plain[4], 0);
  const tagged = Uint8Array.from([...plain.subarray(0, 4), 1, 7, 2, 1, 2, ...plain.subarray(5)]);
  assert.equal(decodeResponse(metadataApi, tagged, 12).message.clusterId, "c");
  assert.throws(
    () => decodeResponse(metadataApi, tagged.subarray(0, 7), 12),
    (e: unknown) => protocol(e) && (e as KafkaError).path === "MetadataResponse.header",
  );
});
