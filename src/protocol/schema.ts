import { KafkaError } from "../errors/kafka-error.ts";
import type { FieldSpec } from "./field-spec.ts";
import { type StructPlan, planStruct } from "./plan.ts";

/** A message is a request, a response, or data inside a record or another message. */
export type MessageType = "request" | "response" | "data" | "header";

/** One of Kafka's messages in all its versions. Each version is planned once, when it is first used. */
export class MessageSchema<T> {
  /** For the type only: the message that the schema describes. */
  declare readonly message?: T;
  /** Kafka's name of the message. */
  readonly name: string;
  /** The key of the API that it belongs to; −1 for formats that belong to no API. */
  readonly apiKey: number;
  /** Whether it is a request, a response, or data. */
  readonly type: MessageType;
  /** The lowest supported version. */
  readonly min: number;
  /** The highest supported version. */
  readonly max: number;
  /** The first version with compact lengths and tagged fields; 32767 if no version has them. */
  readonly flexibleFrom: number;
  /** @internal */
  readonly fields: readonly FieldSpec[];
  readonly #plans: StructPlan[] = [];

  /** @internal */
  constructor(
    type: MessageType,
    name: string,
    apiKey: number,
    min: number,
    max: number,
    flexibleFrom: number,
    fields: readonly FieldSpec[],
  ) {
    this.type = type;
    this.name = name;
    this.apiKey = apiKey;
    this.min = min;
    this.max = max;
    this.flexibleFrom = flexibleFrom;
    this.fields = fields;
  }

  /** Whether this version has compact lengths and tagged fields (KIP-482). */
  isFlexible(version: number): boolean {
    return version >= this.flexibleFrom;
  }

  /** The plan to read and write this version. Throws kind `unsupported` for a version that does not exist. @internal */
  plan(version: number): StructPlan {
    const known = this.#plans[version];
    if (known !== undefined) return known;
    if (!Number.isInteger(version) || version < this.min || version > this.max) {
      throw new KafkaError("unsupported", `${this.name} has versions ${this.min} to ${this.max}, not ${version}`);
    }
    const plan = planStruct(this.fields, version, this.isFlexible(version));
    this.#plans[version] = plan;
    return plan;
  }
}

/**
 * The same message for a reader that does not need some of its arrays of numbers: they stay empty. Of a response about
 * thousands of partitions, most of the memory is lists of replicas, and collecting them stops the host for longest.
 */
export function withoutLists<T>(schema: MessageSchema<T>, names: readonly string[]): MessageSchema<T> {
  const without = (fields: readonly FieldSpec[]): readonly FieldSpec[] =>
    fields.map((field): FieldSpec => {
      const [name, type, versions, options, children] = field;
      if (children !== undefined) return [name, type, versions, options ?? null, without(children)];
      return names.includes(name) && type.startsWith("[]int") ? [name, type, versions, { ...options, s: 1 }] : field;
    });
  const { type, name, apiKey, min, max, flexibleFrom } = schema;
  return new MessageSchema<T>(type, name, apiKey, min, max, flexibleFrom, without(schema.fields));
}

/** A request and its response. */
export interface Api<Req, Res> {
  readonly key: number;
  readonly name: string;
  readonly request: MessageSchema<Req>;
  readonly response: MessageSchema<Res>;
}

/** Tagged fields that the schema does not know, by tag. They are kept and written again. */
export type UnknownTaggedFields = ReadonlyMap<number, Uint8Array>;

/**
 * A message to encode. Absent fields take their defaults. Byte fields may be lists of chunks, which are passed on by
 * reference.
 */
export type MessageInput<T> = T extends Uint8Array
  ? Uint8Array | readonly Uint8Array[]
  : T extends ReadonlyMap<number, Uint8Array>
    ? T
    : T extends readonly (infer E)[]
      ? readonly MessageInput<E>[]
      : T extends object
        ? { readonly [K in keyof T]?: MessageInput<T[K]> }
        : T;

/** The short name of {@link MessageInput} inside the library. */
export type Input<T> = MessageInput<T>;
