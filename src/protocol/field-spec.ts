/**
 * The facts of a generated schema about a field, apart from name, type and versions. The names are short because there
 * are 1,600 fields.
 */
export interface FieldOptions {
  /** The versions in which it may be null. */
  readonly n?: string;
  /** Its tag, in the versions in which it is a tagged field. */
  readonly t?: number;
  /** The versions in which it is a tagged field. Default: all versions of the field. */
  readonly tv?: string;
  /** Its default, unless that is zero, empty or false. */
  readonly d?: string | number | boolean | null;
  /** Whether it may be dropped silently if a version lacks it. */
  readonly i?: 1;
  /** Whether decoding skips its values, so that it has its default. Only for arrays of numbers; not generated. */
  readonly s?: 1;
}

/**
 * One field: its name, Kafka's type (`[]` for arrays, `{}` for structs), versions, options, and the fields of a struct.
 */
export type FieldSpec = readonly [
  name: string,
  type: string,
  versions: string,
  options?: FieldOptions | null,
  fields?: readonly FieldSpec[],
];
