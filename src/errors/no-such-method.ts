import { KafkaError } from "./kafka-error.ts";

/**
 * A base class without members in its type, whose prototype has methods that other clients have and this one has not. Each throws kind `config`, and says
 * what to do, where the engine would say that it is no function. No name is in here by which frameworks recognise an object: `then`, `on`, `pipe`, `stop`.
 */
export function noSuchMethods(what: string, methods: Readonly<Record<string, string>>): new () => object {
  const NoSuchMethods = class {};
  for (const [name, advice] of Object.entries(methods)) {
    const value = (): never => {
      throw new KafkaError("config", `${what} has no method ${name}(): ${advice}`);
    };
    Object.defineProperty(NoSuchMethods.prototype, name, { value, configurable: true, writable: true });
  }
  return NoSuchMethods;
}

const CONNECTS = "connections open when they are needed; leave the call out";
const CLOSES = "close() ends it";

/** Of kafkajs, node-rdkafka and Java: what a producer has not. */
export const ProducerBase: new () => object = /* @__PURE__ */ noSuchMethods("a producer", {
  connect: CONNECTS,
  disconnect: `${CLOSES}, after a flush`,
  sendBatch: "call send({ topic, key, value }) for each record; the client makes batches of them",
  produce: "send({ topic, key, value }) returns a promise; enqueue takes a record without one",
  beginTransaction: "begin(), or transaction(async (tx) => …)",
  commitTransaction: "commit(), or transaction(async (tx) => …)",
  abortTransaction: "abort(), or transaction(async (tx) => …)",
  sendOffsetsToTransaction: "sendOffsets(offsets, consumer.groupMetadata())",
});

/** What a consumer has not. */
export const ConsumerBase: new () => object = /* @__PURE__ */ noSuchMethods("a consumer", {
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

/** What an admin has not. */
export const AdminBase: new () => object = /* @__PURE__ */ noSuchMethods("an admin", {
  connect: CONNECTS,
  disconnect: CLOSES,
  fetchTopicMetadata: "describeTopics(names)",
  fetchTopicOffsets: "beginningOffsets and endOffsets of a consumer",
  fetchOffsets: "committed([{ topic, partition }]) of a consumer with this groupId",
});
