import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { WebAssemblyHost } from "../runtime/web-assembly.ts";
import { crc32c } from "../wire/crc32c.ts";
import { FOLD_DISTANCES, vectorCrc32c } from "./vector-crc32c.ts";

const { WebAssembly: own } = globalThis as unknown as { readonly WebAssembly: WebAssemblyHost };

function noise(length: number, seed: number): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  });
}

test(
  "x to the power of the farthest distance, less each distance in bits, and 1 add up to a multiple of the " +
    "polynomial",
  () => {
    const powers = [1]; // x^n modulo the polynomial
    for (let n = 1; n <= 290 * 8; n++) {
      const previous = powers[n - 1] ?? 0;
      powers.push(((previous << 1) ^ (previous < 0 ? 0x1edc6f41 : 0)) | 0);
    }
    const sum = FOLD_DISTANCES.reduce(
      (all, distance) => all ^ (powers[(290 - distance) * 8] ?? 0),
      powers[290 * 8] ?? 0,
    );
    assert.equal(sum, 0);
  },
);

test("every length up to 2,000, and those around a piece, give the CRC that tables give", () => {
  const crc = vectorCrc32c(own);
  const bytes = noise(100_000, 7);
  const lengths = [
    ...Array(2000).keys(),
    ...[32_768, 65_536].flatMap((piece) =>
      [-769, -305, -304, -17, -1, 0, 1, 15, 767, 768, 769].map((more) => piece + more),
    ),
  ];
  for (const length of lengths)
    assert.equal(crc(bytes, 3, 3 + length), crc32c(bytes, 3, 3 + length), `${length} bytes`);
});

test("any bytes, anywhere in their buffer, one after the other: nothing of the one before is left", () => {
  const crc = vectorCrc32c(own);
  fc.assert(
    fc.property(fc.integer(), fc.nat(70_000), fc.nat(70), fc.boolean(), (seed, length, start, isZero) => {
      const bytes = isZero ? new Uint8Array(start + length) : noise(start + length, seed);
      assert.equal(crc(bytes, start, start + length), crc32c(bytes, start, start + length));
    }),
    { numRuns: 300 },
  );
});

test("it is the vectors that are used where the host has them", () => {
  let made = 0;
  const counted: WebAssemblyHost = {
    Module: own.Module,
    Instance: class {
      readonly exports: unknown;
      constructor(module: object) {
        made++;
        this.exports = new own.Instance(module).exports;
      }
    },
  };
  const crc = vectorCrc32c(counted);
  const bytes = noise(5000, 1);
  crc(bytes, 0, 100);
  assert.equal(made, 0, "not for a short batch");
  for (let i = 0; i < 3; i++) assert.equal(crc(bytes, 0, 5000), crc32c(bytes, 0, 5000));
  assert.equal(made, 1);
});

test("a host that compiles nothing at run time gets tables", () => {
  const refuses: WebAssemblyHost = {
    Module: class {
      constructor() {
        throw new Error("Wasm code generation disallowed by embedder");
      }
    },
    Instance: class {
      readonly exports: unknown = undefined;
    },
  };
  const bytes = noise(5000, 1);
  assert.equal(vectorCrc32c(refuses)(bytes, 0, 5000), crc32c(bytes));
});
