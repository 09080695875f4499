/** What a generated schema says of a field beyond name, type and versions. Short names: there are 1,600 fields. */
export interface FieldOptions {
  /** Versions in which it may be null. */
  readonly n?: string;
  /** Its tag, in the versions where it is a tagged field. */
  readonly t?: number;
  readonly tv?: string;
  /** Its default, where that is not zero, empty or false. */
  readonly d?: string | number | boolean | null;
  /** It may be left out silently where a version lacks it. */
  readonly i?: 1;
}

/** One field: name, Kafka's type (`[]` for arrays, `{}` for structs), versions, options, and a struct's fields. */
export type FieldSpec = readonly [
  name: string,
  type: string,
  versions: string,
  options?: FieldOptions | null,
  fields?: readonly FieldSpec[],
];
