import { KafkaError } from "../errors/kafka-error.ts";
import { flag, shape } from "../errors/shape.ts";
import { fixedSize, isWholeWithin } from "./fixed-size.ts";
import type { Serde } from "./serde.ts";

/** Options of {@link int64}. */
export interface Int64Options {
  /** True: values are bigints, with the whole range of Java's `long`. Default false: values are numbers. */
  readonly bigint?: boolean;
}

const OPTIONS = shape({ bigint: flag });
const TWO_TO_32 = 4_294_967_296;
const LEAST_INT64 = -(1n << 63n);
const MOST_INT64 = (1n << 63n) - 1n;

/**
 * Whole numbers from −32768 to 32767 in two bytes, big-endian. Throws kind `serialization` for other values, and for
 * bytes of another length. Java: `ShortSerializer`, `ShortDeserializer`.
 */
export function int16(): Serde<number> {
  return wholeNumber(
    "int16()",
    2,
    (view, value) => view.setInt16(0, value),
    (view) => view.getInt16(0),
  );
}

/**
 * Whole numbers from −2147483648 to 2147483647 in four bytes, big-endian. Throws kind `serialization` for other values,
 * and for bytes of another length. Java: `IntegerSerializer`, `IntegerDeserializer`.
 */
export function int32(): Serde<number> {
  return wholeNumber(
    "int32()",
    4,
    (view, value) => view.setInt32(0, value),
    (view) => view.getInt32(0),
  );
}

/**
 * Whole numbers of 64 bits in eight bytes, big-endian. By default values are numbers from −9007199254740991 to
 * 9007199254740991 (`Number.isSafeInteger`): offsets, times and counters fit. Beyond that range a number is not exact,
 * so writing or reading such a value throws kind `serialization`. `int64({ bigint: true })` uses bigints and has the
 * whole range of Java's `long`. Throws kind `config` for a wrong option. Java: `LongSerializer`, `LongDeserializer`.
 */
export function int64(options?: { readonly bigint?: false }): Serde<number>;
export function int64(options: { readonly bigint: true }): Serde<bigint>;
export function int64(options: Int64Options = {}): Serde<number> | Serde<bigint> {
  OPTIONS(options, "int64");
  return options.bigint === true ? bigInt64() : safeInt64();
}

function wholeNumber(
  name: string,
  sizeBytes: 2 | 4,
  write: (view: DataView, value: number) => void,
  read: (view: DataView) => number,
): Serde<number> {
  const most = sizeBytes === 2 ? 32_767 : 2_147_483_647;
  const least = -most - 1;
  return fixedSize<number>({
    name,
    sizeBytes,
    takes: `a whole number from ${least} to ${most}`,
    accepts: (value): value is number => isWholeWithin(value, least, most),
    write,
    read,
  });
}

function safeInt64(): Serde<number> {
  return fixedSize<number>({
    name: "int64()",
    sizeBytes: 8,
    takes:
      "a safe whole number, from -9007199254740991 to 9007199254740991 (int64({ bigint: true }) takes any bigint " +
      "of 64 bits)",
    accepts: (value): value is number => Number.isSafeInteger(value),
    write: (view, value) => {
      view.setInt32(0, Math.floor(value / TWO_TO_32));
      view.setUint32(4, value >>> 0);
    },
    read: (view) => {
      const value = view.getInt32(0) * TWO_TO_32 + view.getUint32(4);
      if (Number.isSafeInteger(value)) return value;
      throw new KafkaError(
        "serialization",
        `int64() cannot read a number beyond ${Number.MAX_SAFE_INTEGER} or below ${Number.MIN_SAFE_INTEGER} ` +
          "exactly; int64({ bigint: true }) reads it as a bigint",
      );
    },
  });
}

function bigInt64(): Serde<bigint> {
  return fixedSize<bigint>({
    name: "int64({ bigint: true })",
    sizeBytes: 8,
    takes: "a bigint from -9223372036854775808 to 9223372036854775807",
    accepts: (value): value is bigint => typeof value === "bigint" && value >= LEAST_INT64 && value <= MOST_INT64,
    write: (view, value) => view.setBigInt64(0, value),
    read: (view) => view.getBigInt64(0),
  });
}
