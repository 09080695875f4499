import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import { codecOf } from "./codec.ts";
import { schemas } from "./messages/all.ts";
import { type FieldPlan, Kind, type StructPlan } from "./plan.ts";
import type { MessageSchema } from "./schema.ts";

const all = Object.values(schemas) as unknown as readonly MessageSchema<unknown>[];
const FIXED = [1, 1, 2, 2, 4, 4, 8, 8, 8, 16];

/** A place in a message where a length or a count stands, and all bytes before it. */
interface Place {
  readonly path: string;
  readonly before: readonly number[];
  readonly what: "array" | "string" | "bytes";
}

/** Walks a message with one element in every array; answers the bytes of what it walked over. */
function walk(plan: StructPlan, path: string, before: readonly number[], places: Place[]): number[] {
  const out: number[] = [];
  for (const field of plan.fields) {
    if (!field.present || field.tag >= 0) continue;
    const here = [...before, ...out];
    const at = `${path}.${field.name}`;
    if (field.isArray) {
      places.push({ path: at, before: here, what: "array" });
      const one = plan.flexible ? [2] : [0, 0, 0, 1];
      out.push(...one, ...element(field, plan, `${at}[0]`, [...here, ...one], places));
    } else {
      const present = field.kind === Kind.struct && field.nullable ? [1] : [];
      out.push(...present, ...element(field, plan, at, [...here, ...present], places));
    }
  }
  return plan.flexible ? [...out, 0] : out;
}

function element(
  field: FieldPlan,
  plan: StructPlan,
  path: string,
  before: readonly number[],
  places: Place[],
): number[] {
  if (field.kind === Kind.struct) return walk(field.struct!, path, before, places);
  if (field.kind === Kind.string || field.kind === Kind.bytes) {
    const what = field.kind === Kind.string ? "string" : "bytes";
    places.push({ path, before, what });
    return plan.flexible ? [1] : what === "string" ? [0, 0] : [0, 0, 0, 0];
  }
  return new Array<number>(FIXED[field.kind]!).fill(0);
}

const VARINTS = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x08],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x1f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
];
const INT32S = [
  [0x7f, 0xff, 0xff, 0xff],
  [0x80, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xfe],
  [0x10, 0, 0, 0],
];
const INT16S = [
  [0x7f, 0xff],
  [0x80, 0],
  [0xff, 0xfe],
];

test("an absurd length or count in any place of any message is refused with the path of the field, and costs no memory", () => {
  let tried = 0;
  const memory = (): number => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  for (const schema of all) {
    const codec = codecOf(schema);
    for (const version of new Set([schema.min, schema.max])) {
      const flexible = schema.isFlexible(version);
      const places: Place[] = [];
      const whole = walk(schema.plan(version), "", [], places);
      assert.doesNotThrow(() => codec.decode(Uint8Array.from(whole), version), `${schema.name} v${version}`);
      for (const { path, before, what } of places) {
        for (const length of flexible ? VARINTS : what === "string" ? INT16S : INT32S) {
          tried++;
          const bytes = Uint8Array.from([...before, ...length, ...new Array<number>(40).fill(0)]);
          const had = memory();
          assert.throws(
            () => codec.decode(bytes, version),
            (error: unknown) => KafkaError.is(error) && error.kind === "protocol" && error.path === schema.name + path,
            `${schema.name} v${version}${path}: ${length.join(" ")}`,
          );
          assert.ok(memory() - had < 16_777_216, `${schema.name} v${version}${path} took ${memory() - had} bytes`);
        }
      }
    }
  }
  assert.ok(tried > 3000, `${tried} places`);
});

test("an absurd number of tagged fields, or size of one, is refused", () => {
  for (const schema of all.filter((one) => one.isFlexible(one.max))) {
    const codec = codecOf(schema);
    const whole = walk(schema.plan(schema.max), "", [], []).slice(0, -1);
    for (const tags of [
      [0xff, 0xff, 0xff, 0xff, 0x0f],
      [1, 0x90, 0x4e, 0xff, 0xff, 0xff, 0xff, 0x0f],
      [1, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
    ]) {
      assert.throws(
        () => codec.decode(Uint8Array.from([...whole, ...tags]), schema.max),
        (error: unknown) =>
          KafkaError.is(error) && error.kind === "protocol" && error.path === `${schema.name}.taggedFields`,
        `${schema.name}: ${tags.join(" ")}`,
      );
    }
  }
});
