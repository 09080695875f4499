import { CLOSES, CONNECTS, noSuchMethods } from "../errors/no-such-method.ts";

/**
 * The names of methods of kafkajs, node-rdkafka and Java that a producer does not have, and what to use instead.
 * @internal
 */
export const ProducerBase: new () => object = noSuchMethods("a producer", {
  connect: CONNECTS,
  disconnect: `${CLOSES}, after a flush`,
  sendBatch: "call send({ topic, key, value }) for each record; the client makes batches of them",
  produce: "send({ topic, key, value }) returns a promise; enqueue takes a record without one",
  beginTransaction: "begin(), or transaction(async (tx) => …)",
  commitTransaction: "commit(), or transaction(async (tx) => …)",
  abortTransaction: "abort(), or transaction(async (tx) => …)",
  sendOffsetsToTransaction: "sendOffsets(offsets, consumer.groupMetadata())",
});
