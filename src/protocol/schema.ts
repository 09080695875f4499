import { KafkaError } from "../errors/kafka-error.ts";
import type { FieldSpec } from "./field-spec.ts";
import { type StructPlan, planStruct } from "./plan.ts";

/** A message is a request, a response, or data that stands inside a record or another message. */
export type MessageType = "request" | "response" | "data" | "header";

/** A message as Kafka defines it, for all its versions. What a version needs is planned once, when it is first used. */
export class MessageSchema<T> {
  /** Only a type: the message that the schema describes. */
  declare readonly message?: T;
  /** Kafka's name for it. */
  readonly name: string;
  /** The key of the API that it belongs to; −1 for formats that are no API. */
  readonly apiKey: number;
  /** Whether it is a request, a response, or data. */
  readonly type: MessageType;
  /** The first version that is supported. */
  readonly min: number;
  /** The last version that is supported. */
  readonly max: number;
  /** The first version with compact lengths and tagged fields; 32767 where there is none. */
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

  /** How this version is read and written. Throws kind `unsupported` for a version that there is not. @internal */
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

/** A request and its response. */
export interface Api<Req, Res> {
  readonly key: number;
  readonly name: string;
  readonly request: MessageSchema<Req>;
  readonly response: MessageSchema<Res>;
}

/** Fields that Kafka's senders did not know of, by tag: kept, and written again. */
export type UnknownTaggedFields = ReadonlyMap<number, Uint8Array>;

/**
 * A message to be written: a field that is absent takes its default, and bytes may come as a list of chunks, which are
 * handed on by reference.
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

/** {@link MessageInput}, by the short name that it has inside of the library. */
export type Input<T> = MessageInput<T>;
