import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BrokerFrames } from "./broker-frames.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function framed(frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    frames.flatMap((frame) => {
      const size = Buffer.alloc(4);
      size.writeInt32BE(frame.length);
      return [size, frame];
    }),
  );
}

test("frames are the same however the stream is cut, on our memory or on the host's own, which it uses again", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 10_000, max: 200_000 })), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      (sizes, cuts, isForeign) => {
        const frames = sizes.map((size, i) => new Uint8Array(size).map((_, k) => (i * 31 + k) & 255));
        const stream = framed(frames);
        const seen: Uint8Array[] = [];
        const decoder = new BrokerFrames({ maxFrameBytes: 1 << 20, onFrame: (frame) => seen.push(frame) });
        for (let at = 0, i = 0; at < stream.length; i++) {
          const piece = Buffer.from(stream.subarray(at, at + (cuts[i % cuts.length] ?? 1)));
          if (isForeign) {
            decoder.filled(piece);
            at += piece.length;
          } else {
            const room = decoder.buffer();
            const part = piece.subarray(0, room.length);
            room.set(part);
            decoder.filled(room.subarray(0, part.length));
            at += part.length;
          }
          piece.fill(9);
        }
        assert.deepEqual(seen.map(hex), frames.map(hex));
      },
    ),
    { numRuns: 60 },
  );
});

test("a size that is impossible is an error, also behind a whole frame", () => {
  for (const size of [0, -1, 2000]) {
    const bad = Buffer.alloc(4);
    bad.writeInt32BE(size);
    const seen: Uint8Array[] = [];
    const decoder = new BrokerFrames({ maxFrameBytes: 1000, onFrame: (frame) => seen.push(frame) });
    assert.throws(() => decoder.filled(Buffer.concat([framed([new Uint8Array([7])]), bad])), /a frame of/);
    assert.deepEqual(seen.map(hex), ["07"]);
  }
});
