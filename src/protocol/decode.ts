import { KafkaError } from "../errors/kafka-error.ts";
import type { ByteReader } from "../wire/byte-reader.ts";
import { located, within } from "./field-path.ts";
import { type FieldPlan, Kind, type StructPlan } from "./plan.ts";
import type { MessageSchema } from "./schema.ts";

/**
 * Decodes a message. Fields that the version lacks get their defaults. Throws kind `protocol` with the path of the
 * field.
 */
export function decodeMessage<T>(schema: MessageSchema<T>, reader: ByteReader, version: number): T {
  const plan = schema.plan(version);
  try {
    return decodeStruct(plan, reader) as T;
  } catch (error) {
    throw located(error, schema.name, version);
  }
}

export function decodeStruct(plan: StructPlan, reader: ByteReader): unknown {
  const message: Record<string, unknown> = {};
  const { fields } = plan;
  let i = 0;
  try {
    for (; i < fields.length; i++) {
      const field = fields[i];
      if (field === undefined) break;
      message[field.name] =
        field.present && field.tag < 0 ? decodeField(field, plan.flexible, reader, false) : field.default;
    }
  } catch (error) {
    throw within(error, `.${fields[i]?.name ?? ""}`);
  }
  if (plan.flexible) decodeTags(plan, reader, message);
  return message;
}

export function decodeTags(plan: StructPlan, reader: ByteReader, message: Record<string, unknown>): void {
  let step = ".taggedFields";
  try {
    const count = reader.unsignedVarint();
    let unknown: Map<number, Uint8Array> | undefined;
    for (let i = 0; i < count; i++) {
      step = ".taggedFields";
      const tag = reader.unsignedVarint();
      const size = reader.unsignedVarint();
      const field = plan.tagged.find((candidate) => candidate.tag === tag);
      if (field !== undefined) {
        step = `.${field.name}`;
        const end = reader.offset + size;
        message[field.name] = decodeField(field, true, reader, true);
        if (reader.offset !== end)
          throw new KafkaError(
            "protocol",
            `tag ${tag} says that it has ${size} bytes, and has ${reader.offset - end + size}`,
          );
      } else {
        if (plan.foreignTags.includes(tag))
          throw new KafkaError("protocol", `tag ${tag} does not exist in this version`);
        unknown ??= new Map();
        unknown.set(tag, reader.take(size));
      }
    }
    if (unknown !== undefined) message["unknownTaggedFields"] = unknown;
  } catch (error) {
    throw within(error, step);
  }
}

export function decodeField(field: FieldPlan, flexible: boolean, reader: ByteReader, tagged: boolean): unknown {
  if (field.isArray) return decodeArray(field, flexible, reader);
  if (field.kind === Kind.struct && field.nullable) {
    const present = tagged ? reader.unsignedVarint() > 0 : reader.int8() >= 0;
    if (!present) return null;
  }
  return decodeValue(field, flexible, reader, field.nullable);
}

function decodeArray(field: FieldPlan, flexible: boolean, reader: ByteReader): unknown {
  const count = arrayCount(field, flexible, reader);
  if (count === null) return null;
  if (field.isSkipped) {
    reader.skip(count * field.minBytes);
    return field.default;
  }
  const values: unknown[] = [];
  let i = 0;
  try {
    for (; i < count; i++) values.push(decodeValue(field, flexible, reader, false));
  } catch (error) {
    throw within(error, `[${i}]`);
  }
  return values;
}

/** Reads how many values an array has; null if there is no array. */
export function arrayCount(field: FieldPlan, flexible: boolean, reader: ByteReader): number | null {
  const count = flexible ? reader.unsignedVarint() - 1 : reader.int32();
  if (count === -1 && field.nullable) return null;
  if (count < 0) throw new KafkaError("protocol", count === -1 ? "null is not allowed here" : `a count of ${count}`);
  // Check before allocating: a false count must not cost memory.
  if (count * Math.max(1, field.minBytes) > reader.remaining)
    throw new KafkaError("protocol", `a count of ${count} needs more than the ${reader.remaining} bytes that are left`);
  return count;
}

function decodeValue(field: FieldPlan, flexible: boolean, reader: ByteReader, nullable: boolean): unknown {
  switch (field.kind) {
    case Kind.bool:
      return reader.int8() !== 0;
    case Kind.int8:
      return reader.int8();
    case Kind.int16:
      return reader.int16();
    case Kind.uint16:
      return reader.uint16();
    case Kind.int32:
      return reader.int32();
    case Kind.uint32:
      return reader.uint32();
    case Kind.int64:
      return reader.int64();
    case Kind.quantity:
      return reader.int64Nearest();
    case Kind.float64:
      return reader.float64();
    case Kind.uuid:
      return reader.uuid();
    case Kind.string: {
      const length = flexible ? reader.unsignedVarint() - 1 : reader.int16();
      if (length > 0x7fff) throw new KafkaError("protocol", `a string of ${length} bytes; Kafka allows 32767`);
      return lengthOrNull(length, nullable) ? reader.text(length) : null;
    }
    case Kind.bytes: {
      const length = flexible ? reader.unsignedVarint() - 1 : reader.int32();
      return lengthOrNull(length, nullable) ? reader.take(length) : null;
    }
    case Kind.struct:
      return field.struct === undefined ? null : decodeStruct(field.struct, reader);
  }
}

/** Whether there is a value. A length of −1 means null, if null is allowed. */
function lengthOrNull(length: number, nullable: boolean): boolean {
  if (length >= 0) return true;
  if (length === -1 && nullable) return false;
  throw new KafkaError("protocol", length === -1 ? "null is not allowed here" : `a length of ${length}`);
}
