import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteReader } from "../wire/byte-reader.ts";
import { uuidText } from "../wire/uuid.ts";
import { codecOf } from "./codec.ts";
import { decodeInSteps } from "./decode-in-steps.ts";
import { schemas } from "./messages/all.ts";
import { type FieldPlan, Kind, type StructPlan } from "./plan.ts";
import type { MessageSchema } from "./schema.ts";

const all = Object.values(schemas) as unknown as readonly MessageSchema<Record<string, unknown>>[];
const safe = fc.maxSafeInteger().map((n) => n + 0);
const bytes = fc.uint8Array({ maxLength: 12 });

/** Tags that no message of Kafka has. */
const unknownTags = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 10_000, max: 2 ** 31 - 1 }), bytes), {
    minLength: 1,
    maxLength: 3,
    selector: ([tag]) => tag,
  })
  .map((entries) => new Map(entries));

function scalar(field: FieldPlan): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case Kind.bool:
      return fc.boolean();
    case Kind.int8:
      return fc.integer({ min: -128, max: 127 });
    case Kind.int16:
      return fc.integer({ min: -32_768, max: 32_767 });
    case Kind.uint16:
      return fc.integer({ min: 0, max: 65_535 });
    case Kind.int32:
      return fc.integer();
    case Kind.uint32:
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case Kind.int64:
    case Kind.quantity:
      return safe;
    case Kind.float64:
      return fc.double();
    case Kind.uuid:
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((raw) => uuidText(raw, 0));
    case Kind.string:
      return fc.string({ unit: "grapheme", maxLength: 8 });
    case Kind.bytes:
      return bytes;
    case Kind.struct:
      return structOf(field.struct!);
  }
}

function valueOf(field: FieldPlan): fc.Arbitrary<unknown> {
  if (!field.present) return fc.constant(field.default);
  const one = field.isArray ? fc.array(scalar(field), { maxLength: 3 }) : scalar(field);
  const choices = [
    one,
    ...(field.nullable ? [fc.constant(null)] : []),
    ...(field.tag >= 0 ? [fc.constant(field.default)] : []),
  ];
  return choices.length === 1 ? one : fc.oneof(...choices);
}

/** A message with every field, as a reader answers it. */
function structOf(plan: StructPlan): fc.Arbitrary<Record<string, unknown>> {
  const known = fc.record(Object.fromEntries(plan.fields.map((field) => [field.name, valueOf(field)])), {
    noNullPrototype: true,
  });
  if (!plan.flexible) return known;
  return fc
    .tuple(known, fc.option(unknownTags, { freq: 2, nil: undefined }))
    .map(([message, tags]) => (tags === undefined ? message : { ...message, unknownTaggedFields: tags }));
}

test("every message in every version: what is decoded is what was encoded", () => {
  let versions = 0;
  for (const schema of all) {
    const codec = codecOf(schema);
    for (let version = schema.min; version <= schema.max; version++) {
      versions++;
      fc.assert(
        fc.property(structOf(schema.plan(version)), (message) => {
          const bytes = codec.encode(message, version);
          const steps = decodeInSteps(schema, new ByteReader(bytes), version);
          for (const decoded of [codec.decode(bytes, version), steps.next().value])
            assert.deepEqual(decoded, message, `${schema.name} v${version}`);
        }),
        { numRuns: 12 },
      );
    }
  }
  assert.ok(versions > 400, `${versions} versions`);
});
