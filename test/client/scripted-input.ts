// A consumer whose group is simulated by the test, so that a test of exactly once can script each step of the group, in
// virtual time.
import type { ClusterClient } from "../../src/cluster/cluster-client.ts";
import type { CommittedOffset, GroupMetadata } from "../../src/cluster/group-offsets.ts";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import type { TransactionalReader } from "../../src/consumer/reading/transactional-reader.ts";
import type { ClientMaker } from "../../src/exactly-once/pipeline.ts";
import type { KafkaError } from "../../src/errors/kafka-error.ts";
import { DeadlineWheel } from "../../src/runtime/deadline-wheel.ts";
import type { World } from "./world.ts";

interface FakeCursor {
  readonly topic: string;
  readonly partition: number;
  isGone: boolean;
  position: number;
  epochBefore(offset: number): number;
}

interface FakeRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

export class ScriptedInput {
  readonly options: ConsumerOptions<never, never>;
  readonly rebalanceTimeoutMs: number;
  readonly client: ClusterClient;
  readonly rewinds: string[] = [];
  isEnded = false;
  isMember = true;
  /** The committed offsets by partition, in the world's cluster. */
  readonly #world: World;
  readonly #logs = new Map<number, FakeRecord[]>();
  readonly #cursors = new Map<number, FakeCursor>();
  readonly #wheel: DeadlineWheel;
  #isInterrupted = false;
  #failure: KafkaError | undefined;
  #wake: (() => void) | undefined;

  constructor(world: World, options: ConsumerOptions<never, never>) {
    const { runtime, clock } = world.platform;
    this.#world = world;
    this.options = options;
    this.rebalanceTimeoutMs = options.maxPollIntervalMs ?? 300_000;
    this.#wheel = new DeadlineWheel({ runtime, clock });
    this.client = {
      runtime,
      clock,
      deadlines: this.#wheel,
      backoffMs: () => 10,
      shared: (signal: unknown) => signal,
      cluster: { log: () => undefined },
    } as unknown as ClusterClient;
  }

  /** A `Kafka` whose consumers are scripted, and whose producers are real. */
  static maker(world: World, made: (input: ScriptedInput) => void): ClientMaker {
    return {
      consumer: <K, V>(options: ConsumerOptions<K, V>): Consumer<K, V> => {
        const input = new ScriptedInput(world, options as unknown as ConsumerOptions<never, never>);
        made(input);
        return {
          transactionalReader: () => input as unknown as TransactionalReader<K | null, V | null>,
          close: () => input.close(),
        } as unknown as Consumer<K, V>;
      },
      producer: (options) => world.kafka.producer(options),
    };
  }

  process<T>(_records: readonly unknown[], work: () => T): T {
    return work();
  }

  assign(...partitions: readonly number[]): void {
    for (const partition of partitions)
      this.#cursors.set(partition, {
        topic: "in",
        partition,
        isGone: false,
        position: Math.max(0, this.committedOf(partition)),
        epochBefore: () => 0,
      });
    this.#wakeUp();
  }

  /** The group asks for a partition: nothing of it is delivered any more, and the hook is awaited. */
  async revoke(partition: number): Promise<void> {
    const cursor = this.#cursors.get(partition);
    this.#cursors.delete(partition);
    await this.options.onRevoked?.([{ topic: "in", partition }]);
    if (cursor !== undefined) cursor.isGone = true;
  }

  async lose(partition: number): Promise<void> {
    const cursor = this.#cursors.get(partition);
    this.#cursors.delete(partition);
    if (cursor !== undefined) cursor.isGone = true;
    await this.options.onLost?.([{ topic: "in", partition }]);
  }

  write(partition: number, ...values: readonly string[]): void {
    const log = this.#logs.get(partition) ?? [];
    for (const value of values) log.push({ topic: "in", partition, offset: log.length, value });
    this.#logs.set(partition, log);
    this.#wakeUp();
  }

  fail(error: KafkaError): void {
    this.#failure = error;
    this.#wakeUp();
  }

  committedOf(partition: number): number {
    const offsets = this.#world.cluster.snapshot().groups.find(({ groupId }) => groupId === "g")?.offsets ?? [];
    return offsets.find((one) => one.topic === "in" && one.partition === partition)?.offset ?? -1;
  }

  metadata(): GroupMetadata {
    return { groupId: "g" };
  }

  committed(cursors: readonly FakeCursor[]): Promise<readonly (CommittedOffset | null)[]> {
    return Promise.resolve(
      cursors.map(({ topic, partition }) => {
        const offset = this.committedOf(partition);
        return offset < 0 ? null : { topic, partition, offset, leaderEpoch: 0, metadata: "" };
      }),
    );
  }

  rewind(cursor: FakeCursor, offset: number): void {
    if (cursor.isGone) return;
    this.rewinds.push(`${cursor.partition}@${offset}`);
    cursor.position = offset;
  }

  interrupt(): void {
    this.#isInterrupted = true;
    this.#wakeUp();
  }

  async next(): Promise<{ readonly record: FakeRecord; readonly cursor: FakeCursor } | undefined> {
    for (;;) {
      if (this.#isInterrupted || this.isEnded) {
        this.#isInterrupted = false;
        return undefined;
      }
      if (this.#failure !== undefined) throw this.#failure;
      for (const cursor of this.#cursors.values()) {
        const record = this.#logs.get(cursor.partition)?.[cursor.position];
        if (record === undefined) continue;
        cursor.position++;
        return { record, cursor };
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async close(): Promise<void> {
    this.isEnded = true;
    this.#wakeUp();
    for (const partition of [...this.#cursors.keys()]) await this.revoke(partition);
    this.#wheel.close();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
