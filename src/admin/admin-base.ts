import { CLOSES, CONNECTS, noSuchMethods } from "../errors/no-such-method.ts";

/**
 * The names of methods of other clients that an admin does not have, and what to use instead.
 * @internal
 */
export const AdminBase: new () => object = noSuchMethods("an admin", {
  connect: CONNECTS,
  disconnect: CLOSES,
  fetchTopicMetadata: "describeTopics(names)",
  fetchTopicOffsets: 'listOffsets([{ topic, partition, spec: "latest" }])',
  fetchTopicOffsetsByTimestamp: "listOffsets([{ topic, partition, spec: { timestamp } }])",
  fetchOffsets: "listConsumerGroupOffsets([groupId])",
  setOffsets: "alterConsumerGroupOffsets(groupId, [{ topic, partition, offset }])",
  deleteTopicRecords: "deleteRecords([{ topic, partition, beforeOffset }])",
  describeGroups: "describeConsumerGroups(groupIds)",
  deleteGroups: "deleteConsumerGroups(groupIds)",
});
