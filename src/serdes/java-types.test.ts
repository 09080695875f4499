// The serdes of Java's basic types: byte for byte what Java's serializers write.
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../errors/kafka-error.ts";
import { boolean } from "./boolean.ts";
import { bytes } from "./bytes.ts";
import { float32, float64 } from "./floats.ts";
import { int16, int32, int64 } from "./integers.ts";
import type { Serde, SerdeContext } from "./serde.ts";
import { string } from "./string.ts";
import { uuid } from "./uuid.ts";

const context: SerdeContext = {
  topic: "t",
  headers: [],
  utf8: { encode: (text) => new TextEncoder().encode(text), decode: (text) => new TextDecoder().decode(text) },
};
const hex = (value: Uint8Array): string => Buffer.from(value).toString("hex");
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

function says(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(KafkaError.is(error) && error.kind === "serialization", String(error));
    assert.match(error.message, message);
    return true;
  };
}

/** A value, and the bytes that Java's serializer writes for it. */
type Row = readonly [serde: string, value: unknown, bytes: string];
const serdes: Readonly<Record<string, Serde<never>>> = {
  int16: int16(),
  int32: int32(),
  int64: int64(),
  bigint: int64({ bigint: true }),
  float32: float32(),
  float64: float64(),
  boolean: boolean(),
  uuid: uuid(),
  string: string(),
  bytes: bytes(),
} as unknown as Record<string, Serde<never>>;
const rows: readonly Row[] = [
  ["int16", 0, "0000"],
  ["int16", 1, "0001"],
  ["int16", -1, "ffff"],
  ["int16", 258, "0102"],
  ["int16", 32_767, "7fff"],
  ["int16", -32_768, "8000"],
  ["int32", 0, "00000000"],
  ["int32", 1, "00000001"],
  ["int32", -2, "fffffffe"],
  ["int32", 16_909_060, "01020304"],
  ["int32", 2_147_483_647, "7fffffff"],
  ["int32", -2_147_483_648, "80000000"],
  ["int64", 0, "0000000000000000"],
  ["int64", 1, "0000000000000001"],
  ["int64", -1, "ffffffffffffffff"],
  ["int64", 4_294_967_295, "00000000ffffffff"],
  ["int64", 4_294_967_296, "0000000100000000"],
  ["int64", -4_294_967_296, "ffffffff00000000"],
  ["int64", -4_294_967_297, "fffffffeffffffff"],
  ["int64", Number.MAX_SAFE_INTEGER, "001fffffffffffff"],
  ["int64", Number.MIN_SAFE_INTEGER, "ffe0000000000001"],
  ["bigint", 0n, "0000000000000000"],
  ["bigint", -1n, "ffffffffffffffff"],
  ["bigint", 9_223_372_036_854_775_807n, "7fffffffffffffff"],
  ["bigint", -9_223_372_036_854_775_808n, "8000000000000000"],
  ["bigint", 72_623_859_790_382_856n, "0102030405060708"],
  ["float32", 0, "00000000"],
  ["float32", -0, "80000000"],
  ["float32", 1.5, "3fc00000"],
  ["float32", -2, "c0000000"],
  ["float32", Number.NaN, "7fc00000"],
  ["float32", Infinity, "7f800000"],
  ["float32", -Infinity, "ff800000"],
  ["float32", Math.fround(0.1), "3dcccccd"],
  ["float32", 3.4028234663852886e38, "7f7fffff"],
  ["float32", 1.401298464324817e-45, "00000001"],
  ["float64", 0, "0000000000000000"],
  ["float64", -0, "8000000000000000"],
  ["float64", 1.5, "3ff8000000000000"],
  ["float64", 0.1, "3fb999999999999a"],
  ["float64", Number.NaN, "7ff8000000000000"],
  ["float64", Infinity, "7ff0000000000000"],
  ["float64", Number.MAX_VALUE, "7fefffffffffffff"],
  ["float64", Number.MIN_VALUE, "0000000000000001"],
  ["boolean", true, "01"],
  ["boolean", false, "00"],
  ["uuid", "0e3f1a2b-4c5d-6e7f-8091-a2b3c4d5e6f7", Buffer.from("0e3f1a2b-4c5d-6e7f-8091-a2b3c4d5e6f7").toString("hex")],
  ["string", "für", "66c3bc72"],
  ["bytes", new Uint8Array([0, 255]), "00ff"],
];

test("each value is the bytes that Java writes, and is read back from them, also from the middle of a buffer", () => {
  for (const [name, value, expected] of rows) {
    const serde = serdes[name]!;
    assert.equal(hex(serde.serialize(value as never, context)), expected, `${name} ${String(value)}`);
    const inMiddle = unhex(`aa${expected}bb`).subarray(1, 1 + expected.length / 2);
    assert.deepEqual(serde.deserialize(inMiddle, context), value, `${name} ${expected}`);
  }
  assert.equal(hex(float32().serialize(0.1, context)), "3dcccccd", "rounded as Java's cast does");
  assert.equal(
    hex(uuid().serialize("0E3F1A2B-4C5D-6E7F-8091-A2B3C4D5E6F7", context)),
    hex(new TextEncoder().encode("0e3f1a2b-4c5d-6e7f-8091-a2b3c4d5e6f7")),
    "as UUID.toString writes it",
  );
});

test("what a serde cannot write is an error that says what it takes", () => {
  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ["int16", 32_768, /int16\(\) takes a whole number from -32768 to 32767, not the number 32768/],
    ["int16", 1.5, /not the number 1.5/],
    ["int16", "1", /not the string "1"/],
    ["int16", undefined, /not undefined/],
    ["int16", 1n, /not the bigint 1/],
    [
      "int32",
      -2_147_483_649,
      /int32\(\) takes a whole number from -2147483648 to 2147483647, not the number -2147483649/,
    ],
    ["int32", Number.NaN, /not the number NaN/],
    [
      "int64",
      2 ** 53,
      /int64\(\) takes a safe whole number.*int64\({ bigint: true }\).*not the number 9007199254740992/,
    ],
    ["int64", 5n, /int64\({ bigint: true }\).*not the bigint 5/],
    ["int64", 0.5, /not the number 0.5/],
    [
      "bigint",
      5,
      /int64\({ bigint: true }\) takes a bigint from -9223372036854775808 to 9223372036854775807, not the number 5/,
    ],
    ["bigint", 1n << 63n, /not the bigint 9223372036854775808/],
    ["bigint", -(1n << 63n) - 1n, /not the bigint/],
    ["float32", 1e39, /float32\(\) takes a number of single precision/],
    ["float32", "1", /not the string "1"/],
    ["float64", null, /float64\(\) takes a number, not null/],
    ["float64", 1n, /not the bigint 1/],
    ["boolean", 1, /boolean\(\) takes true or false, not the number 1/],
    ["boolean", "true", /not the string "true"/],
    ["uuid", "0e3f1a2b", /uuid\(\) takes a UUID of 36 characters, such as .*, not the string "0e3f1a2b"/],
    ["uuid", 5, /not the number 5/],
    ["uuid", "{0e3f1a2b-4c5d-6e7f-8091-a2b3c4d5e6f7}", /takes a UUID/],
    ["uuid", "0e3f1a2b-4c5d-6e7f-8091-a2b3c4d5e6f7\n", /takes a UUID/],
  ];
  for (const [name, value, message] of wrong)
    assert.throws(() => serdes[name]!.serialize(value as never, context), says(message), `${name} ${String(value)}`);
});

test("bytes of another length, and bytes that mean nothing, are an error that says what is expected", () => {
  const sizes = { int16: 2, int32: 4, int64: 8, bigint: 8, float32: 4, float64: 8, boolean: 1 };
  for (const [name, size] of Object.entries(sizes)) {
    for (const length of [0, size - 1, size + 1, 16]) {
      if (length === size) continue;
      assert.throws(
        () => serdes[name]!.deserialize(new Uint8Array(length), context),
        says(new RegExp(`reads ${size} bytes?, but there are ${length}`)),
        `${name} ${length}`,
      );
    }
  }
  assert.throws(() => boolean().deserialize(unhex("02"), context), says(/boolean\(\) reads a byte of 0 or 1, not 2/));
  for (const unsafe of ["0020000000000000", "7fffffffffffffff", "8000000000000000", "ffe0000000000000"]) {
    assert.throws(
      () => int64().deserialize(unhex(unsafe), context),
      says(/int64\(\) cannot read .*int64\({ bigint: true }\)/),
      unsafe,
    );
  }
  for (const wrong of [
    new Uint8Array(16),
    new Uint8Array(36),
    new Uint8Array(0),
    new TextEncoder().encode("0e3f1a2b-4c5d-6e7f-8091-a2b3c4d5e6fg"),
  ])
    assert.throws(() => uuid().deserialize(wrong, context), says(/uuid\(\) reads a UUID of 36 characters/));
});

test("int64: a wrong option is refused", () => {
  for (const wrong of [null, 5, "bigint", { bigInt: true }, { bigint: 1 }, []])
    assert.throws(
      () => int64(wrong as never),
      (error: unknown) => KafkaError.is(error) && error.kind === "config",
      JSON.stringify(wrong),
    );
  assert.equal(int64({ bigint: false }).deserialize(unhex("0000000000000005"), context), 5);
});

test("every value comes back as it was, and has the bytes of a DataView", () => {
  const roundTrip = <T>(
    arbitrary: fc.Arbitrary<T>,
    serde: Serde<T>,
    size: number,
    write: (view: DataView, value: T) => void,
  ): void => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const written = serde.serialize(value, context);
        const view = new DataView(new ArrayBuffer(size));
        write(view, value);
        assert.equal(hex(written), hex(new Uint8Array(view.buffer)));
        assert.deepEqual(serde.deserialize(written, context), value);
      }),
    );
  };
  roundTrip(fc.integer({ min: -32_768, max: 32_767 }), int16(), 2, (view, value) => view.setInt16(0, value));
  roundTrip(fc.integer(), int32(), 4, (view, value) => view.setInt32(0, value));
  roundTrip(fc.maxSafeInteger(), int64(), 8, (view, value) => view.setBigInt64(0, BigInt(value)));
  roundTrip(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), int64({ bigint: true }), 8, (view, value) =>
    view.setBigInt64(0, value),
  );
  roundTrip(fc.float(), float32(), 4, (view, value) => view.setFloat32(0, value));
  roundTrip(fc.double(), float64(), 8, (view, value) => view.setFloat64(0, value));
  roundTrip(fc.boolean(), boolean(), 1, (view, value) => view.setUint8(0, Number(value)));
  fc.assert(
    fc.property(fc.uuid(), (value) =>
      assert.equal(uuid().deserialize(uuid().serialize(value, context), context), value),
    ),
  );
});
