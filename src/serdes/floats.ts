import { fixedSize } from "./fixed-size.ts";
import type { Serde } from "./serde.ts";

/** The bits of Java's `Float.NaN`. A host may write NaN with other bits. */
const NAN_32 = 0x7fc00000;
/** The upper half of the bits of Java's `Double.NaN`. The lower half is 0. */
const NAN_64_UPPER = 0x7ff80000;

/**
 * Floating-point numbers of single precision in four bytes, big-endian. Other numbers are rounded to the nearest one,
 * as by Java's cast `(float)`. Throws kind `serialization` for other values, for a finite number that would become
 * infinite, and for bytes of another length. Java: `FloatSerializer`, `FloatDeserializer`.
 */
export function float32(): Serde<number> {
  return fixedSize<number>({
    name: "float32()",
    sizeBytes: 4,
    takes: "a number of single precision, at most 3.4028234663852886e+38",
    accepts: (value): value is number =>
      typeof value === "number" && (Number.isFinite(Math.fround(value)) || !Number.isFinite(value)),
    write: (view, value) => {
      if (Number.isNaN(value)) view.setUint32(0, NAN_32);
      else view.setFloat32(0, value);
    },
    read: (view) => view.getFloat32(0),
  });
}

/**
 * Floating-point numbers of double precision (JavaScript's numbers) in eight bytes, big-endian. Throws kind
 * `serialization` for other values, and for bytes of another length. Java: `DoubleSerializer`, `DoubleDeserializer`.
 */
export function float64(): Serde<number> {
  return fixedSize<number>({
    name: "float64()",
    sizeBytes: 8,
    takes: "a number",
    accepts: (value): value is number => typeof value === "number",
    write: (view, value) => {
      if (Number.isNaN(value)) view.setUint32(0, NAN_64_UPPER);
      else view.setFloat64(0, value);
    },
    read: (view) => view.getFloat64(0),
  });
}
