// The objects that random calls use, and the outcomes of the calls.
import { EmbeddedCluster } from "../../../src/embedded/embedded-cluster.ts";
import type { ConsumeTransformProduce } from "../../../src/exactly-once/handle.ts";
import { Kafka } from "../../../src/kafka.ts";
import type { Admin } from "../../../src/admin/admin.ts";
import type { Consumer } from "../../../src/consumer/consumer.ts";
import type { PartitionStream } from "../../../src/consumer/reading/partition-stream.ts";
import type { Producer } from "../../../src/producer/producer.ts";
import type { Transaction } from "../../../src/producer/transaction.ts";
import { memoryStreams } from "../../../src/runtime/memory-streams.ts";
import { Random } from "../../../src/simulation/random.ts";
import type { SimulatedNode } from "../../../src/simulation/simulated-node.ts";
import type { World } from "../../../src/simulation/world.ts";
import { Whim } from "./values.ts";

export const TOPIC = "t";
export const PARTITIONS = 3;
export const GROUP = "g";
/** Every limit of the clients, so that each call has a limit of some seconds. */
export const LIMITS = {
  requestTimeoutMs: 1000,
  maxBlockMs: 2000,
  deliveryTimeoutMs: 5000,
  apiMs: 4000,
  retryBackoffMs: 20,
} as const;

/** The objects of one run. Calls add the objects that they create. */
export class Stage {
  readonly world: World;
  readonly random: Random;
  readonly node: SimulatedNode;
  readonly kafka: Kafka;
  readonly admins: Admin[] = [];
  readonly producers: Producer[] = [];
  readonly transactional: Producer;
  readonly transactions: Transaction<never, never>[] = [];
  readonly consumers: Consumer[] = [];
  readonly streams: PartitionStream[] = [];
  readonly iterators: AsyncIterableIterator<unknown>[] = [];
  readonly pipelines: ConsumeTransformProduce[] = [];
  readonly clusters: EmbeddedCluster[] = [];
  /** Clients in addition to the main one: a `Kafka` that is closed during the run. */
  readonly spares: Kafka[] = [];
  /** Records, batches and offsets from reading. */
  readonly read: { readonly topic: string; readonly partition: number; readonly offset: number }[] = [];
  /** By id: records that `send` resolved, and those that were passed to a right call. */
  readonly acknowledged: Set<string> = new Set();
  readonly given: Set<string> = new Set();
  /** Producers without idempotence, and the ids of their records, which may be written twice or be lost. */
  readonly unsafeProducers: Set<unknown> = new Set();
  readonly unsafe: Set<string> = new Set();
  /** Topics that a right call created, and that no right call deleted. */
  readonly created: Set<string> = new Set();
  /** Whether the arguments drawn now are for a call that must have no effect: those use their own names. */
  isWrong = false;
  #count = 0;

  constructor(world: World, KafkaClass: typeof Kafka) {
    this.world = world;
    this.random = world.random("calls");
    this.node = world.node("app");
    this.kafka = this.newKafka(KafkaClass);
    this.transactional = this.kafka.producer({ transactionalId: "tx", ...producerLimits() });
    this.producers.push(this.kafka.producer(producerLimits()), this.transactional);
    this.admins.push(this.kafka.admin());
    const assign = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition }));
    const { apiMs: defaultApiTimeoutMs } = LIMITS;
    this.consumers.push(
      this.kafka.consumer({ assign, defaultApiTimeoutMs }),
      this.kafka.consumer({ assign: assign.slice(1), groupId: "by-hand", defaultApiTimeoutMs }),
      this.kafka.consumer({ groupId: GROUP, topics: [TOPIC], defaultApiTimeoutMs }),
      this.kafka.consumer({ groupId: GROUP, topics: TOPIC, groupProtocol: "classic", defaultApiTimeoutMs }),
      this.kafka.consumer({ topics: [/^t/], defaultApiTimeoutMs }),
    );
  }

  newKafka(KafkaClass: typeof Kafka = Kafka): Kafka {
    const { requestTimeoutMs, retryBackoffMs } = LIMITS;
    return new KafkaClass(
      { ...this.node.kafkaOptions, requestTimeoutMs, retryBackoffMs, socketConnectionSetupTimeoutMs: requestTimeoutMs },
      this.node.platform,
    ) as unknown as Kafka;
  }

  /** Another cluster, without clients, which calls may change in any way. */
  async addCluster(): Promise<void> {
    const { runtime } = this.world;
    this.clusters.push(
      await EmbeddedCluster.start(
        { brokers: 3, topics: { [TOPIC]: PARTITIONS } },
        {
          runtime,
          clock: runtime.clock,
          entropy: Random.keyed(this.world.seed, "second cluster"),
          ...memoryStreams(runtime),
        },
      ),
    );
  }

  /** A unique name, which says whether its call may have an effect. */
  name(kind: string): string {
    return `${this.isWrong ? "never" : "may"}-${kind}-${this.#count++}`;
  }

  /** A result of an application's callback. */
  async whim(): Promise<void> {
    const kind = this.random.below(6);
    if (kind < 3) await this.world.sleep(this.random.below(300));
    if (kind === 5) throw new Whim("a callback of the application failed");
  }
}

export function producerLimits(): {
  readonly maxBlockMs: number;
  readonly deliveryTimeoutMs: number;
  readonly requestTimeoutMs: number;
} {
  const { maxBlockMs, deliveryTimeoutMs, requestTimeoutMs } = LIMITS;
  return { maxBlockMs, deliveryTimeoutMs, requestTimeoutMs };
}
