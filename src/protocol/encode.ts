import { KafkaError } from "../errors/kafka-error.ts";
import { isBytes } from "../wire/is-bytes.ts";
import { utf8Length } from "../wire/utf8.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { located, within } from "./field-path.ts";
import { type FieldPlan, Kind, type StructPlan } from "./plan.ts";
import type { Input, MessageSchema } from "./schema.ts";

/**
 * Encodes a message. Absent fields take their defaults. Throws with the path of the field: kind `protocol` for a value
 * that does not fit its type, and kind `unsupported` for one that this version cannot carry and that must not be
 * dropped.
 */
export function encodeMessage<T>(
  schema: MessageSchema<T>,
  message: Input<T>,
  version: number,
  writer: ByteWriter,
): void {
  const plan = schema.plan(version);
  try {
    encodeStruct(plan, message, writer);
  } catch (error) {
    throw located(error, schema.name, version);
  }
}

function encodeStruct(plan: StructPlan, value: unknown, writer: ByteWriter): void {
  if (typeof value !== "object" || value === null)
    throw new KafkaError("protocol", `an object is expected, not ${String(value)}`);
  const message = value as Record<string, unknown>;
  const { fields } = plan;
  let i = 0;
  try {
    for (; i < fields.length; i++) {
      const field = fields[i];
      if (field === undefined) break;
      const given = message[field.name];
      if (!field.present) checkDroppable(field, given);
      else if (field.tag < 0)
        encodeField(field, plan.flexible, given === undefined ? field.default : given, writer, false);
    }
  } catch (error) {
    throw within(error, `.${fields[i]?.name ?? ""}`);
  }
  if (plan.flexible) encodeTags(plan, message, writer);
}

function checkDroppable(field: FieldPlan, given: unknown): void {
  if (given === undefined || field.ignorable || isDefault(field, given)) return;
  throw new KafkaError("unsupported", "this version does not have the field, and its value must not be dropped");
}

function encodeTags(plan: StructPlan, message: Record<string, unknown>, writer: ByteWriter): void {
  const parts: [tag: number, chunks: Uint8Array[], size: number][] = [];
  for (const field of plan.tagged) {
    const given = message[field.name];
    if (given === undefined || isDefault(field, given)) continue;
    const part = new ByteWriter(64);
    try {
      encodeField(field, true, given, part, true);
    } catch (error) {
      throw within(error, `.${field.name}`);
    }
    parts.push([field.tag, part.finish(), part.size]);
  }
  for (const [tag, bytes] of unknownTags(message["unknownTaggedFields"])) {
    if (parts.some(([known]) => known === tag))
      throw within(new KafkaError("protocol", `tag ${tag} is also a known field`), ".unknownTaggedFields");
    parts.push([tag, [bytes], bytes.length]);
  }
  parts.sort((a, b) => a[0] - b[0]);
  writer.unsignedVarint(parts.length);
  for (const [tag, chunks, size] of parts) {
    writer.unsignedVarint(tag);
    writer.unsignedVarint(size);
    for (const chunk of chunks) writer.view(chunk);
  }
}

/** Accepts a map, or a plain object whose keys are the tags. */
function unknownTags(given: unknown): Iterable<readonly [number, Uint8Array]> {
  if (given === undefined || given === null) return [];
  if (given instanceof Map) return given as Map<number, Uint8Array>;
  return Object.entries(given as Record<string, Uint8Array>).map(([tag, bytes]) => [Number(tag), bytes]);
}

function encodeField(field: FieldPlan, flexible: boolean, value: unknown, writer: ByteWriter, tagged: boolean): void {
  if (value === null) {
    if (!field.nullable) throw new KafkaError("protocol", "null is not allowed here");
    encodeNull(field, flexible, writer, tagged);
    return;
  }
  if (field.isArray) {
    encodeArray(field, flexible, value, writer);
    return;
  }
  if (field.kind === Kind.struct && field.nullable) {
    if (tagged) writer.unsignedVarint(1);
    else writer.int8(1);
  }
  encodeValue(field, flexible, value, writer);
}

function encodeNull(field: FieldPlan, flexible: boolean, writer: ByteWriter, tagged: boolean): void {
  if (field.kind === Kind.struct && !field.isArray) {
    if (tagged) writer.unsignedVarint(0);
    else writer.int8(-1);
  } else if (flexible) writer.unsignedVarint(0);
  else if (field.kind === Kind.string && !field.isArray) writer.int16(-1);
  else writer.int32(-1);
}

function encodeArray(field: FieldPlan, flexible: boolean, value: unknown, writer: ByteWriter): void {
  if (!Array.isArray(value)) throw new KafkaError("protocol", `an array is expected, not ${typeof value}`);
  const values = value as readonly unknown[];
  if (flexible) writer.unsignedVarint(values.length + 1);
  else writer.int32(values.length);
  let i = 0;
  try {
    for (; i < values.length; i++) encodeValue(field, flexible, values[i], writer);
  } catch (error) {
    throw within(error, `[${i}]`);
  }
}

function encodeValue(field: FieldPlan, flexible: boolean, value: unknown, writer: ByteWriter): void {
  switch (field.kind) {
    case Kind.bool:
      if (typeof value !== "boolean") throw new KafkaError("protocol", `a boolean is expected, not ${String(value)}`);
      return writer.int8(value ? 1 : 0);
    case Kind.int8:
      return writer.int8(ranged(value, -128, 127));
    case Kind.int16:
      return writer.int16(ranged(value, -32_768, 32_767));
    case Kind.uint16:
      return writer.uint16(ranged(value, 0, 65_535));
    case Kind.int32:
      return writer.int32(ranged(value, -2_147_483_648, 2_147_483_647));
    case Kind.uint32:
      return writer.uint32(ranged(value, 0, 4_294_967_295));
    case Kind.int64:
    case Kind.quantity:
      return writer.int64(ranged(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
    case Kind.float64:
      if (typeof value !== "number") throw new KafkaError("protocol", `a number is expected, not ${String(value)}`);
      return writer.float64(value);
    case Kind.uuid:
      return writer.uuid(String(value));
    case Kind.string:
      return encodeString(value, flexible, writer);
    case Kind.bytes:
      return encodeBytes(value, flexible, writer);
    case Kind.struct:
      if (field.struct !== undefined) encodeStruct(field.struct, value, writer);
      return;
  }
}

function encodeString(value: unknown, flexible: boolean, writer: ByteWriter): void {
  if (typeof value !== "string") throw new KafkaError("protocol", `a string is expected, not ${String(value)}`);
  const length = utf8Length(value);
  if (length > 0x7fff) throw new KafkaError("protocol", `a string of ${length} bytes; Kafka allows 32767`);
  if (flexible) writer.unsignedVarint(length + 1);
  else writer.int16(length);
  writer.text(value, length);
}

function encodeBytes(value: unknown, flexible: boolean, writer: ByteWriter): void {
  const chunks: unknown = isBytes(value) ? [value] : value;
  if (!Array.isArray(chunks) || !chunks.every(isBytes))
    throw new KafkaError("protocol", `bytes are expected, not ${typeof value}`);
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (flexible) writer.unsignedVarint(length + 1);
  else writer.int32(length);
  for (const chunk of chunks) writer.view(chunk);
}

function ranged(value: unknown, min: number, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max)
    throw new KafkaError("protocol", `a whole number from ${min} to ${max} is expected, not ${String(value)}`);
  return value;
}

/** Whether a value is the field's default. A tagged field is then not written, and a missing field can be dropped. */
function isDefault(field: FieldPlan, value: unknown): boolean {
  if (value === field.default) return true;
  if (value === null || field.default === null || typeof value !== "object") return false;
  if (field.isArray || field.kind === Kind.bytes) return (value as { length: number }).length === 0;
  const { struct } = field;
  if (struct === undefined) return false;
  const message = value as Record<string, unknown>;
  return (
    message["unknownTaggedFields"] === undefined &&
    struct.fields.every((child) => message[child.name] === undefined || isDefault(child, message[child.name]))
  );
}
