import { readFileSync } from "node:fs";
import { join } from "node:path";
import { schemas as published } from "../../src/protocol/messages/all.ts";
import { schemas as others } from "./messages/all.ts";
import type { FieldSpec } from "../../src/protocol/field-spec.ts";
import type { MessageSchema } from "../../src/protocol/schema.ts";
import { includes } from "../../src/protocol/plan.ts";
import { root } from "../house/root.ts";

export type Json = Record<string, unknown>;

/** A golden message, encoded by Apache Kafka's own serializer. */
export interface Golden {
  readonly name: string;
  readonly version: number;
  readonly message: Json;
  readonly unknownTaggedFields?: Readonly<Record<string, string>>;
  readonly hex: string;
}

export const allSchemas: Readonly<Record<string, MessageSchema<Json>>> = { ...others, ...published } as never;

/** The vectors' folder: the repository's own, or fresh ones that CI makes with another seed (ODRADEK_VECTORS). */
export const vectorFolder: string = process.env["ODRADEK_VECTORS"] ?? join(root, "test", "vectors");

export function goldenMessages(): readonly Golden[] {
  return readFileSync(join(vectorFolder, "messages.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Golden);
}

export function schemaOf(name: string): MessageSchema<Json> {
  const schema = allSchemas[name];
  if (schema === undefined) throw new Error(`no schema ${name}`);
  return schema;
}

/** The vector's JSON as a message: base64 becomes bytes. */
export function fromJson(golden: Golden): Json {
  const message = convert(schemaOf(golden.name).fields, golden.message);
  if (golden.unknownTaggedFields !== undefined) {
    message["unknownTaggedFields"] = new Map(
      Object.entries(golden.unknownTaggedFields).map(([tag, hex]) => [
        Number(tag),
        new Uint8Array(Buffer.from(hex, "hex")),
      ]),
    );
  }
  return message;
}

function convert(fields: readonly FieldSpec[], json: Json): Json {
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => {
      const field = fields.find((candidate) => candidate[0] === name);
      if (field === undefined) throw new Error(`no field ${name}`);
      const one = (v: unknown): unknown => {
        if (v === null) return null;
        if (field[4] !== undefined) return convert(field[4], v as Json);
        return field[1].endsWith("bytes") ? new Uint8Array(Buffer.from(v as string, "base64")) : v;
      };
      return [name, Array.isArray(value) ? value.map(one) : one(value)];
    }),
  );
}

/** Whether every field that `expected` has is the same in `actual`. */
export function differences(expected: unknown, actual: unknown, path = ""): string[] {
  if (expected instanceof Uint8Array || expected instanceof Map || expected === null || typeof expected !== "object") {
    return equal(expected, actual) ? [] : [`${path}: ${String(expected)} is ${String(actual)}`];
  }
  if (Array.isArray(expected) && expected.length !== (actual as unknown[]).length) return [`${path}: length`];
  return Object.entries(expected).flatMap(([key, value]) =>
    differences(value, (actual as Json)[key], `${path}.${key}`),
  );
}

function equal(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (a instanceof Map && b instanceof Map)
    return (
      a.size === b.size &&
      [...(a as Map<unknown, unknown>)].every(([k, v]) => equal(v, (b as Map<unknown, unknown>).get(k)))
    );
  return Object.is(a, b) || a === b;
}

export { includes };
