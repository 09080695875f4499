import type { FaultDefinition } from "../fault-definition.ts";
import { changeLink } from "./shared/link.ts";

/** Bytes between a node and a broker arrive one by one. */
export const oneByteSegments: FaultDefinition<"one-byte-segments"> = {
  kind: "one-byte-segments",
  amount: undefined,
  words: ({ node, broker }) => `bytes between ${node} and ${broker} arrive one by one`,
  begin: (strike) => changeLink(strike, { segmentBytes: 1 }),
};
