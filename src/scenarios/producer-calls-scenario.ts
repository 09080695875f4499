// Producers use every call and every `acks`, while topics are deleted and created again every few seconds. Invariants:
// those of a producer. A producer without idempotence, or without all acknowledgements, may lose, repeat and reorder
// records: P1 to P4 are asked of the others only.
import { KafkaError } from "../errors/kafka-error.ts";
import type { Producer, ProducerOptions } from "../index.ts";
import type { Kafka } from "../kafka.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import { producerCheckers } from "../simulation/checkers/producer.ts";
import type { FaultKind } from "../simulation/fault-kinds.ts";
import type { Random } from "../simulation/random.ts";
import type { Scenario } from "../simulation/scenario.ts";
import type { SimulatedNode } from "../simulation/simulated-node.ts";
import type { World } from "../simulation/world.ts";
import { clientOn, clientScenario } from "./client-scenario.ts";
import type { ClientScenarioOptions } from "./client-scenario-options.ts";
import { LOOSE, forDeletedTopics } from "./checkers/producer-calls.ts";
import { recordLogs } from "./record-logs.ts";

const SENDING_MS = 15_000;
const MAX_BLOCK_MS = 20_000;
const DELIVERY_MS = 30_000;
const PARTITIONS = 3;
/** The first one stays; the others are deleted and created again. */
const TOPICS = ["stays", "returns", "comes-back"] as const;
const KINDS: readonly FaultKind[] = [
  "partition",
  "slow-link",
  "reset",
  "cut",
  "half-open",
  "refuse",
  "ghost",
  "broker-down",
  "leader-move",
  "lost-reply",
  "lost-request",
  "hang",
  "slow-broker",
  "stall",
  "broker-ghost",
  "partition-error",
  "stale-metadata",
  "throttle",
  "malformed-response",
  "error-code",
];
/** Settings of a producer that promises less. */
const LESS: readonly ProducerOptions[] = [
  { acks: 0, enableIdempotence: false },
  { acks: 1, enableIdempotence: false },
  { acks: "all", enableIdempotence: false },
];

/**
 * Producers that call `send`, `send` with a signal, `enqueue` and `flush`, with every `acks`, while topics are deleted
 * and created again every few seconds. The checkers are those of a producer, P1 to P5, P8 and P9.
 */
export function producerCallsScenario(options: ClientScenarioOptions = {}): Scenario {
  return clientScenario(options, {
    topics: Object.fromEntries(TOPICS.map((topic) => [topic, PARTITIONS])),
    numPartitions: PARTITIONS,
    replicaLagTimeMaxMs: 1000,
    faults: { fromMs: 0, untilMs: SENDING_MS, kinds: KINDS },
    limitMs: 600_000,
    checkers: producerCheckers.map(forDeletedTopics),
    run: async (world, Client) => {
      const settled: Promise<unknown>[] = [];
      const less = LESS[world.random("less").below(LESS.length)] ?? {};
      for (const [name, own] of [["producer-0", {}] as const, ["producer-1", {}] as const, [LOOSE, less] as const])
        world.node(name).start((node) => new Caller(world, node, Client, own, settled).run());
      await recreateTopics(world);
      await world.healed();
      await Promise.all(settled);
      await recordLogs(world, { topics: TOPICS, durationMs: 10_000 });
    },
  });
}

/** Deletes a topic every few seconds, and creates it again soon after. */
async function recreateTopics(world: World): Promise<void> {
  const random = world.random("recreate");
  while (world.nowMs < SENDING_MS) {
    await world.sleep(random.between(500, 5000));
    const topic = TOPICS[random.between(1, TOPICS.length - 1)] ?? TOPICS[1];
    world.note(`topic ${topic} is deleted`);
    world.record({ type: "recreation", atMs: world.nowMs, node: "world", topic });
    world.cluster.deleteTopic(topic);
    await world.sleep(random.below(2) === 0 ? 0 : random.between(1, 1500));
    // Unless a producer's request has already created it.
    if (world.cluster.snapshot().topics.every((other) => other.topic !== topic))
      world.cluster.createTopic(topic, PARTITIONS);
  }
}

/** One producer and its calls. */
class Caller {
  readonly #world: World;
  readonly #node: SimulatedNode;
  readonly #random: Random;
  readonly #kafka: Kafka<SimulatedNode["runtime"]>;
  readonly #producer: Producer;
  readonly #settled: Promise<unknown>[];
  #order = 0;
  #flushing = false;

  constructor(
    world: World,
    node: SimulatedNode,
    Client: typeof Kafka,
    options: ProducerOptions,
    settled: Promise<unknown>[],
  ) {
    this.#world = world;
    this.#node = node;
    this.#random = world.random(node.name);
    this.#settled = settled;
    const quiet = { onLog: () => undefined, retryBackoffMs: 20, requestTimeoutMs: 3000, metadataMaxAgeMs: 2000 };
    this.#kafka = clientOn(node, quiet, Client);
    this.#producer = this.#kafka.producer({
      batchSize: 300,
      deliveryTimeoutMs: DELIVERY_MS,
      maxBlockMs: MAX_BLOCK_MS,
      ...(this.#random.below(2) === 0 ? { lingerMs: 0 } : {}),
      ...options,
    });
  }

  async run(): Promise<void> {
    const random = this.#random;
    while (this.#world.nowMs < SENDING_MS) {
      const topic = TOPICS[random.below(TOPICS.length)] ?? TOPICS[0];
      const isEnqueued = random.below(3) === 0;
      const count = random.between(1, 10);
      if (!isEnqueued) for (let i = 0; i < count; i++) this.#settled.push(this.#send(topic));
      else if (!this.#flushing) this.#settled.push(this.#enqueue(topic, count));
      await this.#node.sleep(random.between(1, 200));
    }
    this.#settled.push(Promise.all([...this.#settled]).then(() => this.#kafka.close()));
  }

  async #send(topic: string): Promise<void> {
    const { id, partition } = this.#record(topic);
    const giveUp = new Cancellation();
    if (this.#random.below(4) === 0)
      void this.#node
        .sleep(this.#random.below(400))
        .then(() => giveUp.cancel(new KafkaError("cancelled", "the caller gave up")));
    try {
      const found = await this.#producer.send({ topic, partition, value: id }, { signal: giveUp });
      this.#acknowledged(id, found.topic, found.partition, found.offset, found.timestamp);
    } catch (error) {
      this.#failed(id, KafkaError.from(error));
    }
  }

  /** Flush resolves only if all of them were written. */
  async #enqueue(topic: string, count: number): Promise<void> {
    this.#flushing = true;
    const records = Array.from({ length: count }, () => this.#record(topic));
    try {
      for (const { id, partition } of records) this.#producer.enqueue({ topic, partition, value: id });
      await this.#producer.flush({ timeoutMs: MAX_BLOCK_MS + DELIVERY_MS });
      for (const { id, partition } of records) this.#acknowledged(id, topic, partition, -1, -1);
    } catch (error) {
      // Flush names the first reason only; the other records may be written.
      const { kind, message } = KafkaError.from(error);
      for (const { id } of records) this.#failed(id, new KafkaError(kind, message, { outcome: "indefinite" }));
    } finally {
      this.#flushing = false;
    }
  }

  #record(topic: string): { readonly id: string; readonly partition: number } {
    const { nowMs } = this.#world;
    const order = this.#order++;
    const id = `${this.#node.name}/${order}`;
    const deadlineMs = nowMs + MAX_BLOCK_MS + DELIVERY_MS;
    const { name: node } = this.#node;
    const roomByMs = nowMs + MAX_BLOCK_MS;
    this.#world.record({
      type: "send",
      atMs: nowMs,
      node,
      id,
      producer: node,
      order,
      topic,
      digest: id,
      deadlineMs,
      roomByMs,
    });
    return { id, partition: this.#random.below(PARTITIONS) };
  }

  #acknowledged(id: string, topic: string, partition: number, offset: number, timestamp: number): void {
    const at = { atMs: this.#world.nowMs, node: this.#node.name };
    this.#world.record({ type: "ack", ...at, id, topic, partition, offset, timestamp });
  }

  #failed(id: string, { outcome, kind, retriable }: KafkaError): void {
    this.#world.record({ type: "fail", atMs: this.#world.nowMs, node: this.#node.name, id, outcome, kind, retriable });
  }
}
