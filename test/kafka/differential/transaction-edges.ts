// Transactions: responses of the coordinator and the partitions to valid and invalid requests, in several versions.
import { addOffsetsToTxnApi } from "../../../src/protocol/messages/add-offsets-to-txn.ts";
import { addPartitionsToTxnApi } from "../../../src/protocol/messages/add-partitions-to-txn.ts";
import { describeProducersApi } from "../../../src/protocol/messages/describe-producers.ts";
import { describeTransactionsApi } from "../../../src/protocol/messages/describe-transactions.ts";
import { endTxnApi } from "../../../src/protocol/messages/end-txn.ts";
import { fetchApi } from "../../../src/protocol/messages/fetch.ts";
import { findCoordinatorApi } from "../../../src/protocol/messages/find-coordinator.ts";
import { initProducerIdApi } from "../../../src/protocol/messages/init-producer-id.ts";
import { listOffsetsApi } from "../../../src/protocol/messages/list-offsets.ts";
import { listTransactionsApi } from "../../../src/protocol/messages/list-transactions.ts";
import { produceApi } from "../../../src/protocol/messages/produce.ts";
import { writeTxnMarkersApi } from "../../../src/protocol/messages/write-txn-markers.ts";
import * as at from "../../../src/records/batch-layout.ts";
import { type Case, UNKNOWN_ID, batch, create, fetchOf, range, tampered } from "./asking.ts";
import type { Side } from "./side.ts";

const TIMEOUT_MS = 60_000;

/** A transactional producer, by hand. */
export class Producer {
  readonly side: Side;
  readonly transactionalId: string;
  producerId = -1;
  epoch = -1;

  constructor(side: Side, transactionalId: string) {
    this.side = side;
    this.transactionalId = transactionalId;
  }

  /** Until there is a coordinator. The first answer is not written down. */
  async ready(): Promise<this> {
    const { transactionalId } = this;
    await this.side.until(async (ask) => {
      // Real Kafka makes its topic then.
      await ask(findCoordinatorApi, { keyType: 1, coordinatorKeys: [transactionalId] }, 4);
      const { errorCode, producerId, producerEpoch } = await ask(
        initProducerIdApi,
        { transactionalId, transactionTimeoutMs: TIMEOUT_MS },
        4,
      );
      if (errorCode === 0) Object.assign(this, { producerId, epoch: producerEpoch });
      return errorCode === 0;
    });
    return this;
  }

  async init(
    version: number,
    more: {
      readonly transactionTimeoutMs?: number;
      readonly producerId?: number;
      readonly producerEpoch?: number;
    } = {},
  ): Promise<void> {
    const { transactionalId } = this;
    const answer = await this.side.ask(
      initProducerIdApi,
      { transactionalId, transactionTimeoutMs: TIMEOUT_MS, ...more },
      version,
    );
    if (answer?.errorCode === 0) Object.assign(this, { producerId: answer.producerId, epoch: answer.producerEpoch });
  }

  /** Waits until no markers are being written: then both have got to the same. */
  async settled(): Promise<void> {
    const { transactionalId } = this;
    await this.side.until(async (ask) => {
      const { transactionStates } = await ask(describeTransactionsApi, { transactionalIds: [transactionalId] }, 0);
      return !["PrepareCommit", "PrepareAbort"].includes(transactionStates[0]?.transactionState ?? "");
    });
  }

  async describe(): Promise<void> {
    await this.settled();
    await this.side.ask(describeTransactionsApi, { transactionalIds: [this.transactionalId] }, 0);
  }

  add(
    topic: string,
    partitions: readonly number[],
    version = 3,
    epoch = this.epoch,
    producerId = this.producerId,
  ): Promise<unknown> {
    return this.side.ask(
      addPartitionsToTxnApi,
      {
        v3AndBelowTransactionalId: this.transactionalId,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: epoch,
        v3AndBelowTopics: [{ name: topic, partitions }],
      },
      version,
    );
  }

  addOffsets(groupId: string, version: number, epoch = this.epoch, producerId = this.producerId): Promise<unknown> {
    return this.side.ask(
      addOffsetsToTxnApi,
      { transactionalId: this.transactionalId, producerId, producerEpoch: epoch, groupId },
      version,
    );
  }

  batch(baseSequence: number, values: readonly string[] = ["v"], producerEpoch = this.epoch): Uint8Array {
    return batch({ producerId: this.producerId, producerEpoch, baseSequence, values, isTransactional: true });
  }

  async produce(
    topic: string,
    records: Uint8Array,
    version: number,
    partition = 0,
    transactionalId: string | null = this.transactionalId,
  ): Promise<void> {
    await this.side.ask(
      produceApi,
      {
        transactionalId,
        acks: -1,
        timeoutMs: 5000,
        topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
      },
      version,
    );
  }

  async end(committed: boolean, version: number, epoch = this.epoch, producerId = this.producerId): Promise<void> {
    const answer = await this.side.ask(
      endTxnApi,
      { transactionalId: this.transactionalId, producerId, producerEpoch: epoch, committed },
      version,
    );
    if (answer?.errorCode === 0 && version >= 5)
      Object.assign(this, { producerId: answer.producerId, epoch: answer.producerEpoch });
    await this.settled();
  }
}

/** The records of a partition that consumers see, committed or not. */
async function look(side: Side, topic: string, partition = 0): Promise<void> {
  for (const isolationLevel of [0, 1]) {
    for (const version of [4, 11, 12])
      await side.ask(fetchApi, fetchOf(topic, { partition, fetchOffset: 0 }, { isolationLevel }), version);
    for (const timestamp of [-1, -2, 0])
      await side.ask(
        listOffsetsApi,
        {
          replicaId: -1,
          isolationLevel,
          topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
        },
        7,
      );
  }
  await side.ask(describeProducersApi, { topics: [{ name: topic, partitionIndexes: [partition] }] }, 0);
}

const beginning: Case = {
  name: "InitProducerId of a transactional id",
  run: async (side) => {
    const p = await new Producer(side, "begin").ready();
    for (const version of range(0, 5)) await p.init(version);
    for (const transactionTimeoutMs of [0, -1, 900_000, 900_001]) await p.init(4, { transactionTimeoutMs });
    await p.describe();
    const { producerId, epoch } = p;
    for (const [producerEpoch, id] of [
      [epoch, producerId],
      [epoch, producerId],
      [epoch - 1, producerId],
      [epoch + 1, producerId],
      [epoch + 9, producerId],
      [epoch, producerId + 999_999],
      [-1, producerId],
      [0, -1],
      [32_766, producerId],
    ] as const)
      for (const version of [3, 4]) await p.init(version, { producerId: id, producerEpoch });
    await new Producer(side, "begun by nobody").init(4, { producerId, producerEpoch: 3 });
    await p.describe();
    await side.ask(describeTransactionsApi, { transactionalIds: ["begin", "nobody's", ""] }, 0);
    await side.ask(describeTransactionsApi, { transactionalIds: [] }, 0);
  },
};

const version1: Case = {
  name: "transactions of version 1",
  run: async (side) => {
    await create(side, "tx1", {}, 2);
    const p = await new Producer(side, "one").ready();
    for (const version of range(0, 3)) {
      await p.add("tx1", [0], version);
      await p.add("tx1", [0], version);
      await p.add("tx1", [0, 7], version);
      await p.add("nowhere", [0], version);
      await p.add("tx1", [1], version, p.epoch - 1);
      await p.add("tx1", [1], version, p.epoch + 1);
      await p.add("tx1", [1], version, p.epoch, 999_999);
      await p.describe();
      await p.end(version % 2 === 0, version);
      await p.describe();
      await p.end(version % 2 === 0, version);
      await p.end(version % 2 !== 0, version);
      await p.end(true, version, p.epoch - 1);
      await p.end(true, version, p.epoch + 1);
      await p.end(true, version, p.epoch, 999_999);
    }
    await new Producer(side, "unheard of").add("tx1", [0], 3, 0, 5);
    await new Producer(side, "").add("tx1", [0], 3, 0, 5);
    await new Producer(side, "unheard of").end(true, 4, 0, 5);
    await p.add("tx1", [], 3);
    await p.init(4);
    await p.end(true, 4);
    await p.end(false, 4);
    for (const version of range(0, 4)) {
      await p.addOffsets("a-group", version);
      await p.addOffsets("a-group", version, p.epoch - 1);
      await p.addOffsets("", version);
    }
    await p.end(true, 4);
  },
};

const batches: Case = {
  name: "batches of transactions",
  run: async (side) => {
    await create(side, "txb", {}, 3);
    const p = await new Producer(side, "batches").ready();
    for (const version of [3, 9, 10, 11]) await p.produce("txb", p.batch(0), version);
    await p.add("txb", [0, 1], 3);
    await p.produce("txb", p.batch(0, ["a", "b"]), 11);
    await p.produce("txb", p.batch(0, ["a", "b"]), 11);
    await p.produce("txb", p.batch(2, ["c"]), 9);
    await p.produce("txb", p.batch(9), 11);
    await p.produce("txb", p.batch(0), 11, 2);
    await p.produce("txb", p.batch(3, ["d"], p.epoch + 1), 11);
    await p.produce("txb", p.batch(3, ["d"], p.epoch - 1), 11);
    await p.produce("txb", batch({ producerId: p.producerId, producerEpoch: p.epoch, baseSequence: 3 }), 11);
    await p.produce("txb", p.batch(3), 11, 0, null);
    await p.produce("txb", p.batch(3), 11, 0, "another");
    await p.produce("txb", batch(), 11, 0, "without a producer");
    await p.produce("txb", batch(), 11, 0, "");
    await p.produce(
      "txb",
      tampered({ isTransactional: true }, () => undefined),
      11,
    );
    await p.produce(
      "txb",
      tampered({ producerId: p.producerId, producerEpoch: p.epoch, baseSequence: 3, isTransactional: true }, (view) =>
        view.setInt16(at.ATTRIBUTES, at.TRANSACTIONAL | at.CONTROL),
      ),
      11,
    );
    await look(side, "txb");
    await p.end(true, 4);
    await look(side, "txb");
    await p.produce("txb", p.batch(3), 11);
    await p.add("txb", [0], 3);
    await p.produce("txb", p.batch(3, ["aborted"]), 11);
    await p.end(false, 4);
    await look(side, "txb");
    for (let i = 4; i < 6; i++) {
      await p.add("txb", [0], 3);
      await p.produce("txb", p.batch(i, [`t${i}`]), 11);
      await p.end(i % 2 === 1, 4);
    }
    await look(side, "txb");
    for (const fetchOffset of range(0, 10))
      await side.ask(fetchApi, fetchOf("txb", { fetchOffset }, { isolationLevel: 1 }), 12);
    for (const partitionMaxBytes of [1, 100, 200])
      await side.ask(fetchApi, fetchOf("txb", { fetchOffset: 0, partitionMaxBytes }, { isolationLevel: 1 }), 12);
  },
};

const version2: Case = {
  name: "transactions of version 2",
  run: async (side) => {
    const topicId = await create(side, "tx2", {}, 3);
    const p = await new Producer(side, "two").ready();
    await p.end(true, 5);
    await p.end(false, 5);
    await p.describe();
    await p.produce("tx2", p.batch(3), 12);
    await p.describe();
    await p.produce("tx2", p.batch(0, ["a"]), 12);
    await p.produce("tx2", p.batch(0, ["a"]), 12);
    await p.produce("tx2", p.batch(1, ["b"]), 12);
    await p.produce("tx2", p.batch(5, ["gap"]), 12);
    await p.produce("tx2", p.batch(0, ["a"]), 12, 1);
    await p.produce("tx2", p.batch(2, ["old"], p.epoch - 1), 12);
    await p.produce("tx2", p.batch(2, ["new"], p.epoch + 1), 12, 2);
    await p.produce("tx2", p.batch(2, ["unheard of"]), 12, 2, "unheard of");
    await p.produce("tx2", p.batch(0), 12, 9);
    await p.describe();
    await look(side, "tx2");
    const before = p.epoch;
    await p.end(true, 5);
    await p.describe();
    await look(side, "tx2");
    const { epoch } = p;
    for (const committed of [true, false]) await p.end(committed, 5, before); // retries
    p.epoch = epoch;
    await p.produce("tx2", p.batch(2, ["late"], before), 12);
    await p.produce("tx2", p.batch(0, ["late"], before), 12, 2);
    await p.end(true, 5);
    await p.end(false, 5);
    await p.produce("tx2", p.batch(0, ["c"]), 12);
    for (const id of [topicId, UNKNOWN_ID])
      await side.ask(
        produceApi,
        {
          transactionalId: p.transactionalId,
          acks: -1,
          timeoutMs: 5000,
          topicData: [{ topicId: id, partitionData: [{ index: 1, records: p.batch(0, ["by id"]) }] }],
        },
        13,
      );
    await p.describe();
    await p.end(false, 5);
    await look(side, "tx2");
    await p.end(false, 5, p.epoch - 1);
    await p.end(true, 5, p.epoch - 1);
    await p.end(true, 5, p.epoch - 2);
    await p.end(true, 5, p.epoch + 1);
    await p.end(true, 5, p.epoch, 999_999);
    await p.end(true, 4);
    await p.end(false, 4);
    await p.describe();
    await side.ask(endTxnApi, { transactionalId: "", producerId: 1, producerEpoch: 0, committed: true }, 5);
    await side.ask(endTxnApi, { transactionalId: "unheard of", producerId: 1, producerEpoch: 0, committed: true }, 5);
  },
};

const fencing: Case = {
  name: "transactional producers that are fenced",
  run: async (side) => {
    await create(side, "fence", {}, 2);
    for (const version of [11, 12]) {
      const old = await new Producer(side, `fence ${version}`).ready();
      if (version === 11) await old.add("fence", [0], 3);
      await old.produce("fence", old.batch(0, ["old"]), version);
      const young = new Producer(side, `fence ${version}`);
      await young.init(4);
      await young.settled();
      await young.describe();
      await young.init(4);
      await young.describe();
      await look(side, "fence");
      await old.produce("fence", old.batch(1), version);
      await old.produce("fence", old.batch(0), version, 1);
      for (const v of [1, 2, 3]) await old.add("fence", [1], v);
      for (const v of [1, 2, 4, 5]) await old.end(true, v);
      for (const v of [1, 2, 4]) await old.addOffsets("a-group", v);
      for (const v of [3, 4]) await old.init(v, { producerId: old.producerId, producerEpoch: old.epoch });
      if (version === 11) await young.add("fence", [0], 3);
      await young.produce("fence", young.batch(0, ["young"]), version);
      // One that goes on after an error aborts what it had begun.
      await young.init(4, { producerId: young.producerId, producerEpoch: young.epoch });
      await young.settled();
      await young.init(4, { producerId: young.producerId, producerEpoch: young.epoch });
      await young.describe();
      await look(side, "fence");
    }
  },
};

const markers: Case = {
  name: "markers that are written by hand",
  run: async (side) => {
    await create(side, "marked", {}, 2);
    const p = await new Producer(side, "hanging").ready();
    await p.produce("marked", p.batch(0), 12);
    const write = (
      version: number,
      producerEpoch: number,
      more: {
        readonly coordinatorEpoch?: number;
        readonly transactionVersion?: number;
        readonly transactionResult?: boolean;
        readonly partitionIndexes?: readonly number[];
        readonly name?: string;
        readonly producerId?: number;
      } = {},
    ): Promise<unknown> => {
      const { name = "marked", partitionIndexes = [0], ...rest } = more;
      return side.ask(
        writeTxnMarkersApi,
        {
          markers: [
            {
              producerId: p.producerId,
              producerEpoch,
              transactionResult: false,
              coordinatorEpoch: 0,
              topics: [{ name, partitionIndexes }],
              ...rest,
            },
          ],
        },
        version,
      );
    };
    await write(1, p.epoch - 1);
    await write(2, p.epoch, { transactionVersion: 2 });
    await write(1, p.epoch, { partitionIndexes: [0, 9] });
    await write(1, p.epoch, { name: "nowhere" });
    await write(1, p.epoch);
    await write(1, p.epoch, { coordinatorEpoch: -1 });
    await write(2, p.epoch, { transactionVersion: 2 });
    await write(2, p.epoch + 1, { transactionVersion: 2, transactionResult: true });
    await write(1, 0, { producerId: 777_777, coordinatorEpoch: 5 });
    await write(1, 0, { producerId: 777_777, coordinatorEpoch: 4 });
    await side.ask(writeTxnMarkersApi, { markers: [] }, 1);
    await look(side, "marked");
    await side.ask(
      describeProducersApi,
      {
        topics: [
          { name: "marked", partitionIndexes: [1, 5] },
          { name: "nowhere", partitionIndexes: [0] },
          { name: "a b", partitionIndexes: [0] },
        ],
      },
      0,
    );
  },
};

const listing: Case = {
  name: "ListTransactions",
  run: async (side) => {
    await create(side, "listed");
    const p = await new Producer(side, "listed-one").ready();
    await new Producer(side, "listed-two").ready();
    await p.add("listed", [0], 3);
    const pattern = "listed-.*";
    for (const transactionalIdPattern of [pattern, "listed-one", "listed", "(", ""]) {
      const answer = await side.ask(listTransactionsApi, { transactionalIdPattern }, 2);
      if (transactionalIdPattern === "") side.transcript.pop(); // what other cases left
      if (answer === undefined) return;
    }
    for (const stateFilters of [["Ongoing"], ["Empty"], ["Ongoing", "Empty", "Nonsense"], ["Nonsense"], ["Dead"]])
      await side.ask(listTransactionsApi, { stateFilters, transactionalIdPattern: pattern }, 2);
    for (const producerIdFilters of [[p.producerId], [999_999]])
      for (const version of [0, 1, 2]) await side.ask(listTransactionsApi, { producerIdFilters }, version);
    for (const durationFilter of [0, 1_000_000])
      await side.ask(listTransactionsApi, { durationFilter, producerIdFilters: [p.producerId] }, 1);
    await p.end(false, 4);
  },
};

const adding: Case = {
  name: "AddPartitionsToTxn as brokers ask it",
  run: async (side) => {
    await create(side, "added", {}, 3);
    const p = await new Producer(side, "asked").ready();
    const { producerId, epoch: producerEpoch } = p;
    const ask = (version: number, partitions: readonly number[], more: object = {}): Promise<unknown> =>
      side.ask(
        addPartitionsToTxnApi,
        {
          transactions: [
            {
              transactionalId: "asked",
              producerId,
              producerEpoch,
              verifyOnly: false,
              topics: [{ name: "added", partitions }],
              ...more,
            },
          ],
        },
        version,
      );
    for (const version of [4, 5]) {
      await ask(version, [0], { verifyOnly: true });
      await ask(version, [0]);
      await ask(version, [0, 1], { verifyOnly: true });
      await ask(version, [0, 9], { verifyOnly: true });
      await ask(version, [1], { producerEpoch: producerEpoch + 1 });
      await ask(version, [1], { producerEpoch: producerEpoch + 1, verifyOnly: true });
      await ask(version, [1], { producerId: 999_999 });
      await ask(version, [1], { transactionalId: "unheard of" });
      await ask(version, [1], { transactionalId: "" });
      await p.end(true, 4);
    }
  },
};

export const transactionEdges: readonly Case[] = [
  beginning,
  version1,
  batches,
  version2,
  fencing,
  markers,
  listing,
  adding,
];
