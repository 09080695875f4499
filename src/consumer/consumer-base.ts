import { CLOSES, CONNECTS, noSuchMethods } from "../errors/no-such-method.ts";

/** Methods of other clients that a consumer does not have, with their replacements. @internal */
export const ConsumerBase: new () => object = noSuchMethods("a consumer", {
  connect: CONNECTS,
  disconnect: `${CLOSES}: it commits what is done and leaves the group`,
  poll: "for await (const record of consumer), or run({ eachRecord })",
  consume: "for await (const record of consumer), or run({ eachRecord })",
  commitOffsets: "commit(offsets), and commit() for what the loop has moved past",
  commitSync: "await commit()",
  commitAsync: "commit() returns a promise; let it run",
  seekToBeginning: 'seek({ topic, partition }, "earliest")',
  seekToEnd: 'seek({ topic, partition }, "latest")',
});
