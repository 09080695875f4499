import { CLOSES, CONNECTS, noSuchMethods } from "../errors/no-such-method.ts";

/**
 * The names of methods of other clients that an admin does not have, and what to use instead.
 * @internal
 */
export const AdminBase: new () => object = noSuchMethods("an admin", {
  connect: CONNECTS,
  disconnect: CLOSES,
  fetchTopicMetadata: "describeTopics(names)",
  fetchTopicOffsets: "beginningOffsets and endOffsets of a consumer",
  fetchOffsets: "committed([{ topic, partition }]) of a consumer with this groupId",
});
