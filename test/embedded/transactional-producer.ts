// A transactional producer without a client: raw requests, so that what is tested is the cluster alone.
import assert from "node:assert/strict";
import * as ErrorCode from "../../src/errors/error-code.ts";
import { addPartitionsToTxnApi } from "../../src/protocol/messages/add-partitions-to-txn.ts";
import { endTxnApi } from "../../src/protocol/messages/end-txn.ts";
import { findCoordinatorApi } from "../../src/protocol/messages/find-coordinator.ts";
import { initProducerIdApi } from "../../src/protocol/messages/init-producer-id.ts";
import { produceApi } from "../../src/protocol/messages/produce.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type RawClient, type RawWorld, batchOf } from "./raw-client.ts";

/** The id that the tests' producer has. */
export const TRANSACTIONAL_ID = "tx";

/** A transactional producer by hand, with connections to the coordinator and to the leader of t-0. */
export class TransactionalProducer {
  readonly world: RawWorld;
  coordinator: RawClient;
  leader: RawClient;
  producerId = -1;
  epoch = -1;

  private constructor(world: RawWorld, coordinator: RawClient, leader: RawClient) {
    this.world = world;
    this.coordinator = coordinator;
    this.leader = leader;
  }

  static async begin(world: RawWorld, transactionTimeoutMs = 60_000): Promise<TransactionalProducer> {
    const any = await world.connect();
    const { coordinators } = await any.request(findCoordinatorApi, { keyType: 1, coordinatorKeys: [TRANSACTIONAL_ID] });
    const leader = world.cluster.snapshot().topics[0]!.partitions[0]!.leaderId;
    const producer = new TransactionalProducer(
      world,
      await world.connect(coordinators[0]!.nodeId),
      await world.connect(leader),
    );
    assert.equal(await producer.init(transactionTimeoutMs), ErrorCode.NONE);
    return producer;
  }

  async init(transactionTimeoutMs = 60_000): Promise<number> {
    const { errorCode, producerId, producerEpoch } = await this.coordinator.request(
      initProducerIdApi,
      { transactionalId: TRANSACTIONAL_ID, transactionTimeoutMs },
      5,
    );
    if (errorCode === ErrorCode.NONE) Object.assign(this, { producerId, epoch: producerEpoch });
    return errorCode;
  }

  async add(partitions: readonly number[] = [0]): Promise<number> {
    const { resultsByTopicV3AndBelow } = await this.coordinator.request(
      addPartitionsToTxnApi,
      {
        v3AndBelowTransactionalId: TRANSACTIONAL_ID,
        v3AndBelowProducerId: this.producerId,
        v3AndBelowProducerEpoch: this.epoch,
        v3AndBelowTopics: [{ name: "t", partitions }],
      },
      3,
    );
    return resultsByTopicV3AndBelow[0]!.resultsByPartition[0]!.partitionErrorCode;
  }

  async produce(value: string, baseSequence: number, partition = 0, version = 12, epoch = this.epoch): Promise<number> {
    const records = batchOf({
      values: [value],
      producerId: this.producerId,
      producerEpoch: epoch,
      baseSequence,
      isTransactional: true,
    });
    const { responses } = await this.leader.request(
      produceApi,
      {
        transactionalId: TRANSACTIONAL_ID,
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: "t", partitionData: [{ index: partition, records }] }],
      },
      version,
    );
    return responses[0]!.partitionResponses[0]!.errorCode;
  }

  async end(committed: boolean, version = 5): Promise<number> {
    const { errorCode, producerId, producerEpoch } = await this.coordinator.request(
      endTxnApi,
      { transactionalId: TRANSACTIONAL_ID, producerId: this.producerId, producerEpoch: this.epoch, committed },
      version,
    );
    if (errorCode === ErrorCode.NONE && version >= 5) Object.assign(this, { producerId, epoch: producerEpoch });
    return errorCode;
  }

  pause(ms: number): Promise<void> {
    return sleep(this.world.platform, ms);
  }
}
