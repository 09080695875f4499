import { test } from "node:test";
import assert from "node:assert/strict";
import { decodeMessage } from "../../protocol/decode.ts";
import { encodeMessage } from "../../protocol/encode.ts";
import type { FieldSpec } from "../../protocol/field-spec.ts";
import { type Messages, schemas } from "../../protocol/messages/all.ts";
import type { MessageSchema } from "../../protocol/schema.ts";
import { ByteReader } from "../../wire/byte-reader.ts";
import { ByteWriter } from "../../wire/byte-writer.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import { type AskedPartition, askedPartitions } from "./asked-partitions.ts";
import { withErrors, withoutPartitions } from "./partition-answers.ts";
import { type PartitionApiName, REQUEST_TOPICS, RESPONSE_PARTITIONS, type TopicFields } from "./topic-fields.ts";

function field(fields: readonly FieldSpec[], name: string, type: RegExp): FieldSpec {
  const found = fields.find((spec) => spec[0] === name);
  assert.ok(found, `there is no field ${name}`);
  assert.match(found[1], type, name);
  return found;
}

function check(
  schema: MessageSchema<unknown>,
  { topics, name, id, plainNames, partitions, index }: TopicFields,
): FieldSpec[] {
  const topic = field(schema.fields, topics, /^\[\]\{\}$/)[4] ?? [];
  field(topic, name, /^string$/);
  if (id !== undefined) field(topic, id, /^uuid$/);
  if (plainNames !== undefined) field(schema.fields, plainNames, /^\[\]string$/);
  if (partitions === undefined) return [];
  const partition = field(topic, partitions, index === undefined ? /^\[\]int32$/ : /^\[\]\{\}$/);
  if (index !== undefined) field(partition[4] ?? [], index, /^int32$/);
  return [...(partition[4] ?? [])];
}

test("the fields in which messages name topics, partitions and errors are those of the schemas", () => {
  for (const [api, fields] of Object.entries(REQUEST_TOPICS)) check(schemas[`${api}Request` as keyof Messages], fields);
  for (const [api, fields] of Object.entries(RESPONSE_PARTITIONS)) {
    const partition = check(schemas[`${api}Response` as keyof Messages], fields);
    field(partition, fields.errorCode, /^int16$/);
    for (const name of Object.keys(fields.refusal))
      assert.ok(
        partition.some((spec) => spec[0] === name),
        `${api}: ${name}`,
      );
  }
});

const ID = "AAAAAAAAAAAAAAAAAAAAAQ";
const names = {
  all: () => ["orders", "other"],
  nameOf: (topicId: string) => (topicId === ID ? "orders" : undefined),
  inSession: () => [],
};

/** The message as the other side decodes it. */
function sent<T>(schema: MessageSchema<T>, message: unknown, version: number): T {
  const writer = new ByteWriter();
  encodeMessage(schema, message as never, version, writer);
  return decodeMessage(schema, new ByteReader(writer.finishFlat()), version);
}

/**
 * A request about partitions 0 and 1 of `orders` and 0 of `other`, as the version names them; undefined for versions
 * that cannot name them.
 */
function requestOf(api: PartitionApiName, schema: MessageSchema<unknown>, version: number): unknown {
  const { topics, name, id, partitions, index } = REQUEST_TOPICS[api];
  const some = (topic: string, topicId: string, numbers: readonly number[]): object => ({
    [name]: topic,
    ...(id === undefined ? {} : { [id]: topicId }),
    ...(partitions === undefined
      ? {}
      : { [partitions]: numbers.map((number) => (index === undefined ? number : { [index]: number })) }),
  });
  const list = (byId: boolean): object => ({
    [topics]: [byId ? some("", ID, [0, 1]) : some("orders", ZERO_UUID, [0, 1]), some("other", ZERO_UUID, [0])],
  });
  try {
    const byName = sent(schema, list(false), version);
    const asked = askedPartitions(api, byName, names);
    return asked.some(({ topic }) => topic === "orders") ? byName : sent(schema, list(true), version);
  } catch {
    return undefined;
  }
}

const isOrders1 = ({ topic, partition }: AskedPartition): boolean => topic === "orders" && partition === 1;

for (const api of Object.keys(RESPONSE_PARTITIONS) as PartitionApiName[]) {
  test(`${api}: in every version a partition is taken out of the request, and its error is put into the response`, () => {
    const request = schemas[`${api}Request`] as unknown as MessageSchema<unknown>;
    const response = schemas[`${api}Response`] as unknown as MessageSchema<unknown>;
    let versions = 0;
    for (let version = request.min; version <= request.max; version++) {
      const message = requestOf(api, request, version);
      if (message === undefined) continue;
      versions++;
      if (api === "Metadata") continue; // whole topics: see error-queue.test.ts
      const asked = askedPartitions(api, message, names);
      assert.deepEqual(
        asked.filter(({ topic }) => topic === "orders").map(({ partition }) => partition),
        [0, 1],
        `version ${version}`,
      );
      const failed = asked.filter(isOrders1).map((one) => ({ ...one, errorCode: 6 }));
      assert.equal(failed.length, 1, `version ${version}`);
      const left = askedPartitions(api, sent(request, withoutPartitions(api, message, failed), version), names);
      assert.deepEqual(
        left,
        asked.filter((one) => !isOrders1(one)),
        `version ${version}`,
      );
      const answer = JSON.stringify(sent(response, withErrors(api, sent(response, {}, version), failed), version));
      const { errorCode, index } = RESPONSE_PARTITIONS[api];
      assert.match(answer, new RegExp(`"${errorCode}":6`), `version ${version}`);
      assert.match(answer, new RegExp(`"${index}":1`), `version ${version}`);
      assert.match(answer, /orders|AAAAAAAAAAAAAAAAAAAAAQ/, `version ${version}`);
    }
    assert.ok(versions > 2, `${versions} versions`);
  });
}

test("an answer that is there gives way to the error in its place; the others stay, also where a topic comes twice", () => {
  const answer = (partitionIndex: number): object => ({
    partitionIndex,
    errorCode: 0,
    highWatermark: 9,
    records: [new Uint8Array(3)],
  });
  const response = {
    responses: [
      { topic: "t", partitions: [answer(0), answer(1)] },
      { topic: "u", partitions: [answer(1)] },
      { topic: "t", partitions: [answer(2)] },
    ],
  };
  const failed = [1, 2, 7].map((partition) => ({ topic: "t", name: "t", topicId: ZERO_UUID, partition, errorCode: 3 }));
  const refused = (partitionIndex: number): object => ({
    partitionIndex,
    errorCode: 3,
    highWatermark: -1,
    abortedTransactions: null,
    records: [],
  });
  assert.deepEqual(withErrors("Fetch", response, failed), {
    responses: [
      { topic: "t", partitions: [answer(0), refused(1)] },
      { topic: "u", partitions: [answer(1)] },
      { topic: "t", partitions: [refused(2)] },
      { topic: "t", topicId: ZERO_UUID, partitions: [refused(7)] },
    ],
  });
});

test("a response that is an error as a whole stays as it is", () => {
  const response = { errorCode: 70 };
  assert.equal(
    withErrors("Fetch", response, [{ topic: "t", name: "t", topicId: ZERO_UUID, partition: 0, errorCode: 3 }]),
    response,
  );
});
