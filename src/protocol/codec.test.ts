import { test } from "node:test";
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { KafkaError, type KafkaErrorKind } from "../errors/kafka-error.ts";
import { codec } from "./codec.ts";
import type { Messages } from "./messages/all.ts";

const fails =
  (kind: KafkaErrorKind, path: string | undefined, text: RegExp) =>
  (e: unknown): boolean =>
    KafkaError.is(e) && e.kind === kind && e.path === path && text.test(e.message);

test("a name that there is not is a clear error, also one that every object has", () => {
  for (const name of ["Nope", "", "fetchRequest", "constructor", "toString", "__proto__"])
    assert.throws(() => codec(name as keyof Messages), fails("unsupported", undefined, /there is no message/), name);
});

test("a version that there is not is an error that names those that there are", () => {
  const { encode, decode } = codec("ListOffsetsRequest");
  for (const version of [-1, 0, 12, 1.5, NaN, Infinity, "1" as unknown as number]) {
    assert.throws(
      () => encode({}, version),
      fails("unsupported", undefined, /ListOffsetsRequest has versions 1 to 11/),
      String(version),
    );
    assert.throws(
      () => decode(new Uint8Array(20), version),
      fails("unsupported", undefined, /versions 1 to 11/),
      String(version),
    );
  }
});

test("a value of the wrong type or range is an error with its path", () => {
  const { encode } = codec("ListOffsetsRequest");
  const partition = (field: object): object => ({ topics: [{ name: "a" }, { name: "b", partitions: [field] }] });
  for (const [message, path] of [
    [{ replicaId: "1" }, ".replicaId"],
    [{ replicaId: 2 ** 31 }, ".replicaId"],
    [{ replicaId: null }, ".replicaId"],
    [{ isolationLevel: 128 }, ".isolationLevel"],
    [{ topics: "a" }, ".topics"],
    [{ topics: null }, ".topics"],
    [{ topics: [null] }, ".topics[0]"],
    [{ topics: [{ name: 5 }] }, ".topics[0].name"],
    [{ topics: [{ name: null }] }, ".topics[0].name"],
    [{ topics: [{ name: "x".repeat(32_768) }] }, ".topics[0].name"],
    [partition({ partitionIndex: 0.5 }), ".topics[1].partitions[0].partitionIndex"],
    [partition({ timestamp: NaN }), ".topics[1].partitions[0].timestamp"],
    [partition({ timestamp: 2 ** 53 }), ".topics[1].partitions[0].timestamp"],
    [partition({ timestamp: 1n }), ".topics[1].partitions[0].timestamp"],
  ] as const) {
    assert.throws(
      () => encode(message as never, 11),
      fails("protocol", `ListOffsetsRequest${path}`, /expected|allows|null/),
      path,
    );
  }
  assert.throws(() => encode(null as never, 11), fails("protocol", "ListOffsetsRequest", /object is expected/));
});

test("bytes left over, and a version's missing bytes, are errors with the path", () => {
  const { encode, decode } = codec("ListOffsetsRequest");
  const bytes = encode({ topics: [{ name: "a", partitions: [{}] }] }, 2);
  assert.throws(
    () => decode(Uint8Array.from([...bytes, 0]), 2),
    fails("protocol", "ListOffsetsRequest", /1 bytes are left over/),
  );
  assert.throws(
    () => decode(bytes.subarray(0, -1), 2),
    fails("protocol", "ListOffsetsRequest.topics[0].partitions", /count of 1|needed/),
  );
});

test("a field that a version lacks may be left at its default, and nothing else unless it is ignorable", () => {
  const { encode } = codec("ListOffsetsRequest");
  assert.throws(() => encode({ isolationLevel: 1 }, 1), fails("unsupported", "ListOffsetsRequest.isolationLevel", /./));
  assert.deepEqual(encode({ isolationLevel: 0, timeoutMs: 5 }, 1), encode({}, 1));
});

test("bytes of another realm, such as a Buffer in Jest's jsdom, are bytes, alone and in parts", () => {
  const { encode, decode } = codec("SaslAuthenticateRequest");
  const foreign = runInNewContext("new Uint8Array([1, 2, 3])") as Uint8Array;
  assert.ok(!(foreign instanceof Uint8Array));
  assert.deepEqual(decode(encode({ authBytes: foreign }, 2), 2).authBytes, Uint8Array.of(1, 2, 3));
  assert.deepEqual(
    decode(encode({ authBytes: [foreign, foreign] as never }, 2), 2).authBytes,
    Uint8Array.of(1, 2, 3, 1, 2, 3),
  );
});
