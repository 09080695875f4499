import type { FaultDefinition } from "../fault-definition.ts";
import type { DamagedFrame, FrameDamage } from "../frame-damage.ts";

/**
 * The next response on each connection between a node and a broker, also on new ones, is malformed. With `amount` 1 its
 * length is 0, with 2 negative, with 3 absurd; with 4 its correlation id is wrong; with 5 it has a byte too few; with 6
 * it has a byte too many, which clients ignore.
 */
export const malformedResponse: FaultDefinition<"malformed-response"> = {
  kind: "malformed-response",
  amount: { least: 1, greatest: 6, unit: "" },
  words: ({ node, broker, amount }) =>
    `the next response on each connection from ${broker} to ${node} ${DAMAGES[amount % DAMAGES.length]?.what ?? ""}`,
  begin: ({ world: { network }, node, broker, amount }) =>
    network.damageResponses(node.name, broker, DAMAGES[amount % DAMAGES.length]?.how ?? asLong(0)),
};

/** Where a frame has its length and its correlation id. */
const LENGTH_AT = 0;
const CORRELATION_ID_AT = 4;
const LENGTH_BYTES = 4;
/** The greatest length that four bytes can hold. */
const ABSURD = 0x7fff_ffff;
const WRONG_BIT = 0x0010_0000;

/** By amount; the last one has index 0, as `amount` counts modulo their number. */
const DAMAGES: readonly { readonly what: string; readonly how: FrameDamage }[] = [
  { what: "has a byte too many", how: oneByteTooMany },
  { what: "says that its length is 0", how: asLong(0) },
  { what: "says that its length is negative", how: asLong(-1) },
  { what: "says that it is 2 GB long", how: asLong(ABSURD) },
  { what: "has a wrong correlation id", how: wrongCorrelationId },
  { what: "has a byte too few", how: oneByteTooFew },
];

function asLong(length: number): FrameDamage {
  return (frame) => {
    const bytes = frame.slice();
    new DataView(bytes.buffer).setInt32(LENGTH_AT, length);
    return { bytes, malformedAfter: LENGTH_BYTES };
  };
}

function wrongCorrelationId(frame: Uint8Array): DamagedFrame {
  const bytes = frame.slice();
  const view = new DataView(bytes.buffer);
  view.setInt32(CORRELATION_ID_AT, view.getInt32(CORRELATION_ID_AT) ^ WRONG_BIT);
  return { bytes, malformedAfter: bytes.length };
}

function oneByteTooFew(frame: Uint8Array): DamagedFrame {
  const bytes = ofSize(frame, frame.length - 1);
  return { bytes, malformedAfter: bytes.length };
}

function oneByteTooMany(frame: Uint8Array): DamagedFrame {
  return { bytes: ofSize(frame, frame.length + 1), malformedAfter: Number.POSITIVE_INFINITY };
}

function ofSize(frame: Uint8Array, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(frame.subarray(0, size));
  new DataView(bytes.buffer).setInt32(LENGTH_AT, size - LENGTH_BYTES);
  return bytes;
}
