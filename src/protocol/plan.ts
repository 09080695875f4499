import type { FieldSpec } from "./field-spec.ts";
import { ZERO_UUID } from "../wire/uuid.ts";

/** The kinds of fields, as small integers, so that the interpreter's switch becomes a jump table. */
export const Kind = {
  bool: 0,
  int8: 1,
  int16: 2,
  uint16: 3,
  int32: 4,
  uint32: 5,
  int64: 6,
  /** An int64 that is a time or a size. It is read as the nearest double. */
  quantity: 7,
  float64: 8,
  uuid: 9,
  string: 10,
  bytes: 11,
  struct: 12,
} as const;

/** One of the numbers in the object {@link Kind}. */
export type Kind = (typeof Kind)[keyof typeof Kind];

/** A field in one version of its message. */
export interface FieldPlan {
  readonly name: string;
  readonly kind: Kind;
  readonly isArray: boolean;
  /** Whether decoding skips its values. */
  readonly isSkipped: boolean;
  readonly nullable: boolean;
  /** Whether the version has the field. If not, decoding gives its default. */
  readonly present: boolean;
  /** The tag; −1 if the field is not tagged in this version. */
  readonly tag: number;
  readonly ignorable: boolean;
  readonly default: unknown;
  readonly struct: StructPlan | undefined;
  /** The minimum size of one value in bytes (of an array: of one element). */
  readonly minBytes: number;
}

/** A struct in one version of its message. */
export interface StructPlan {
  readonly flexible: boolean;
  /** All fields, in the order of the definition, so that all decoded objects have the same shape. */
  readonly fields: readonly FieldPlan[];
  /** The tagged fields of this version, by ascending tag. */
  readonly tagged: readonly FieldPlan[];
  /** Tags of other versions: an error in this one. */
  readonly foreignTags: readonly number[];
  readonly minBytes: number;
}

const KINDS: Readonly<Record<string, Kind>> = { ...Kind, records: Kind.bytes, "{}": Kind.struct };
const FIXED_BYTES: readonly number[] = [1, 1, 2, 2, 4, 4, 8, 8, 8, 16];
/** Times and sizes, by name. Every other int64 is an id, an offset or an epoch, which must be exact. */
const QUANTITY = /(timestamp|ms|bytes|size|lag|highWatermark)$/i;
const EMPTY: readonly never[] = Object.freeze([]);
const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Plans the fields of a struct for one version. */
export function planStruct(specs: readonly FieldSpec[], version: number, flexible: boolean): StructPlan {
  const fields = specs.map((spec) => planField(spec, version, flexible));
  const tagged = fields.filter((field) => field.tag >= 0).sort((a, b) => a.tag - b.tag);
  const own = new Set(tagged.map((field) => field.tag));
  const foreignTags = specs.map((spec) => spec[3]?.t ?? -1).filter((tag) => tag >= 0 && !own.has(tag));
  const minBytes = fields.reduce(
    (sum, field) => sum + (field.present && field.tag < 0 ? leastBytes(field, flexible) : 0),
    flexible ? 1 : 0,
  );
  return { flexible, fields, tagged, foreignTags, minBytes };
}

function planField(spec: FieldSpec, version: number, flexible: boolean): FieldPlan {
  const [name, type, versions, options, children] = spec;
  const isArray = type.startsWith("[]");
  const base = isArray ? type.slice(2) : type;
  let kind = KINDS[base] ?? Kind.struct;
  if (kind === Kind.int64 && QUANTITY.test(name)) kind = Kind.quantity;
  const struct = children === undefined ? undefined : planStruct(children, version, flexible);
  const tagged = options?.t !== undefined && includes(options.tv ?? versions, version);
  return {
    name,
    kind,
    isArray,
    isSkipped: options?.s === 1,
    nullable: options?.n !== undefined && includes(options.n, version),
    present: includes(versions, version),
    tag: tagged ? options.t : -1,
    ignorable: options?.i === 1,
    default: defaultOf(kind, isArray, options?.d, struct),
    struct,
    minBytes: struct?.minBytes ?? FIXED_BYTES[kind] ?? (flexible ? 1 : base === "string" ? 2 : 4),
  };
}

function leastBytes(field: FieldPlan, flexible: boolean): number {
  if (field.isArray) return flexible ? 1 : 4;
  return field.kind === Kind.struct && field.nullable ? 1 : field.minBytes;
}

function defaultOf(
  kind: Kind,
  isArray: boolean,
  given: string | number | boolean | null | undefined,
  struct: StructPlan | undefined,
): unknown {
  if (given !== undefined) return given;
  if (isArray) return EMPTY;
  switch (kind) {
    case Kind.bool:
      return false;
    case Kind.uuid:
      return ZERO_UUID;
    case Kind.string:
      return "";
    case Kind.bytes:
      return NO_BYTES;
    case Kind.struct:
      return Object.freeze(Object.fromEntries((struct?.fields ?? []).map((field) => [field.name, field.default])));
    default:
      return 0;
  }
}

/** Whether `version` lies in `range`: "3", "0-4", "2+" or "none". */
export function includes(range: string, version: number): boolean {
  if (range === "none") return false;
  if (range.endsWith("+")) return version >= Number(range.slice(0, -1));
  const [from, to = from] = range.split("-");
  return version >= Number(from) && version <= Number(to);
}
