import type { ByteReader } from "../wire/byte-reader.ts";
import { arrayCount, decodeField, decodeStruct, decodeTags } from "./decode.ts";
import { located, within } from "./field-path.ts";
import type { FieldPlan, StructPlan } from "./plan.ts";
import type { MessageSchema } from "./schema.ts";

/** The number of structs that are decoded between two yields: less than 0.1 ms of work. */
const STRUCTS_PER_STEP = 64;

/** A decoding that yields wherever the host may have a turn. It returns the whole message. */
export type DecodingSteps<T> = Generator<undefined, T, undefined>;

/**
 * Decodes a message like `decodeMessage`, in steps: a response about 10,000 topics takes longer than the client may
 * work without a turn of the host. Only arrays of structs are divided, because they are what grows with the cluster.
 */
export function* decodeInSteps<T>(schema: MessageSchema<T>, reader: ByteReader, version: number): DecodingSteps<T> {
  const plan = schema.plan(version);
  try {
    return (yield* new StepDecoder(reader).struct(plan)) as T;
  } catch (error) {
    throw located(error, schema.name, version);
  }
}

class StepDecoder {
  readonly #reader: ByteReader;
  #structs = 0;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  *struct(plan: StructPlan): DecodingSteps<unknown> {
    const reader = this.#reader;
    const message: Record<string, unknown> = {};
    for (const field of plan.fields) {
      try {
        if (!field.present || field.tag >= 0) message[field.name] = field.default;
        else if (!isDivided(field)) message[field.name] = decodeField(field, plan.flexible, reader, false);
        else message[field.name] = yield* this.#array(field, field.struct, plan.flexible);
      } catch (error) {
        throw within(error, `.${field.name}`);
      }
    }
    if (plan.flexible) decodeTags(plan, reader, message);
    return message;
  }

  *#array(field: FieldPlan, struct: StructPlan, flexible: boolean): DecodingSteps<unknown> {
    const count = arrayCount(field, flexible, this.#reader);
    if (count === null) return null;
    const values: unknown[] = [];
    const isDeep = struct.fields.some(isDivided);
    try {
      while (values.length < count) {
        values.push(isDeep ? yield* this.struct(struct) : decodeStruct(struct, this.#reader));
        if (++this.#structs % STRUCTS_PER_STEP === 0) yield;
      }
    } catch (error) {
      throw within(error, `[${values.length}]`);
    }
    return values;
  }
}

function isDivided(field: FieldPlan): field is FieldPlan & { readonly struct: StructPlan } {
  return field.isArray && field.struct !== undefined && field.tag < 0;
}
