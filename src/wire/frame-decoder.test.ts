import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameDecoder } from "./frame-decoder.ts";

/** Writes bytes into the memory that the decoder offers, in a buffer to which the host has transferred that memory. */
function fillTransferred(decoder: FrameDecoder, bytes: Uint8Array): void {
  for (let read = 0; read < bytes.length;) {
    const { buffer, byteOffset, length } = decoder.buffer();
    const taken = structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    assert.equal(buffer.byteLength, 0);
    const view = new Uint8Array(taken, byteOffset, Math.min(length, bytes.length - read));
    view.set(bytes.subarray(read, read + view.length));
    read += view.length;
    decoder.filled(view);
  }
}

function frameOf(size: number, first: number): Uint8Array {
  const frame = new Uint8Array(4 + size).map((_, i) => (first + i) & 255);
  new DataView(frame.buffer).setInt32(0, size);
  return frame;
}

test("workerd's node:net transfers the memory that it reads into: no read after the first was possible", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 10 }),
      (sizes, cuts) => {
        const frames: Uint8Array[] = [];
        const decoder = new FrameDecoder({ maxFrameBytes: 1 << 20, onFrame: (frame) => frames.push(frame) });
        const stream = Buffer.concat(sizes.map((size, i) => frameOf(size, i)));
        for (let at = 0, i = 0; at < stream.length; i++) {
          const length = cuts[i % cuts.length] ?? 1;
          fillTransferred(decoder, new Uint8Array(stream.subarray(at, at + length)));
          at += length;
        }
        assert.deepEqual(
          frames.map(({ length }) => length),
          sizes,
        );
        for (const [i, frame] of frames.entries())
          assert.ok(Buffer.from(frame).equals(frameOf(sizes[i] ?? 0, i).subarray(4)));
        assert.equal(decoder.isBetweenFrames, true);
      },
    ),
    { numRuns: 50 },
  );
});

test("a host that takes memory away with bytes in it, and returns other memory, is named", () => {
  const decoder = new FrameDecoder({ maxFrameBytes: 1000, onFrame: () => undefined });
  decoder.filled(Uint8Array.of(0, 0));
  const { buffer } = decoder.buffer();
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
  assert.throws(() => decoder.filled(Uint8Array.of(0, 1, 7)), {
    kind: "connection",
    retriable: true,
    message: /the host has taken away memory/,
  });
});

test("a host that takes empty memory away, and returns other memory, loses nothing", () => {
  const frames: Uint8Array[] = [];
  const decoder = new FrameDecoder({ maxFrameBytes: 1000, onFrame: (frame) => frames.push(frame) });
  const { buffer } = decoder.buffer();
  structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
  decoder.filled(Uint8Array.of(0, 0, 0, 2, 7, 8));
  assert.deepEqual(frames, [Uint8Array.of(7, 8)]);
});
