// A group member, as an application writes it. It records its deliveries, hooks and commits in the history.
import type { Consumer, ConsumerOptions } from "../index.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Kafka } from "../kafka.ts";
import type { OwnershipEvent } from "../simulation/history.ts";
import type { Random } from "../simulation/random.ts";
import type { SimulatedNode } from "../simulation/simulated-node.ts";
import type { World } from "../simulation/world.ts";
import { clientOn } from "./client-scenario.ts";
import { recordId } from "./record-id.ts";

export const GROUP = "readers";
export const BUFFER_BYTES = 2000;

/** The settings of a seed's members. */
export interface MemberSettings {
  readonly topics: readonly string[];
  readonly options: Omit<ConsumerOptions, "topics" | "groupId">;
  readonly maxPollIntervalMs: number;
  /** A short one detects lost committed offsets soon; a long one never does. */
  readonly metadataMaxAgeMs: number;
  /** The maximum bytes of a partition in a response. */
  readonly responseBytes: number;
  readonly loop: "records" | "batches" | "run";
  readonly isAutoCommitting: boolean;
  /** Until this time members come and go by themselves, and hang. */
  readonly untilMs: number;
  /** From this time on only what the options allow takes long. */
  readonly calmMs: number;
}

/** The live consumers, and the partitions that they own. */
export type Living = Map<string, Consumer>;

/** A program: one consumer after the other, until the world ends. */
export async function memberProgram(
  world: World,
  node: SimulatedNode,
  settings: MemberSettings,
  living: Living,
  Client: typeof Kafka,
): Promise<void> {
  const random = world.random(`${node.name}/${node.lives}`);
  await node.sleep(random.below(3000));
  for (let count = 0; ; count++) {
    for (const name of living.keys()) if (name.startsWith(`${node.name}/`)) living.delete(name); // of an earlier start
    const member = new Member(world, node, `${node.name}/${node.lives}.${count}`, random, settings, Client);
    living.set(member.name, member.consumer);
    await member.live();
    living.delete(member.name);
    if (member.isOver) return;
    await node.sleep(random.between(50, 2000));
  }
}

class Member {
  readonly name: string;
  readonly consumer: Consumer;
  isOver = false;
  readonly #world: World;
  readonly #node: SimulatedNode;
  readonly #random: Random;
  readonly #settings: MemberSettings;
  readonly #kafka: Kafka<SimulatedNode["runtime"]>;
  #isLeaving = false;

  constructor(
    world: World,
    node: SimulatedNode,
    name: string,
    random: Random,
    settings: MemberSettings,
    Client: typeof Kafka,
  ) {
    this.name = name;
    this.#world = world;
    this.#node = node;
    this.#random = random;
    this.#settings = settings;
    this.#kafka = clientOn(
      node,
      { retryBackoffMs: 20, requestTimeoutMs: 4000, metadataMaxAgeMs: settings.metadataMaxAgeMs },
      Client,
    );
    const hook =
      (what: OwnershipEvent["what"]) =>
      async (partitions: OwnershipEvent["partitions"]): Promise<void> => {
        this.#own(what, "begin", partitions);
        if (this.#random.below(3) === 0) await node.sleep(this.#random.below(300));
        this.#own(what, "end", partitions);
      };
    this.consumer = this.#kafka.consumer({
      ...settings.options,
      topics: settings.topics,
      groupId: GROUP,
      onAssigned: hook("assigned"),
      onRevoked: hook("revoked"),
      onLost: hook("lost"),
      onPositionReset: (reset) =>
        world.record({ type: "reset", ...this.#at(), consumer: name, ...reset, policy: "earliest" }),
    });
  }

  /** Reads until it decides to leave, or cannot continue. */
  async live(): Promise<void> {
    const { untilMs } = this.#settings;
    const staysMs = this.#random.below(3) === 0 ? this.#random.between(1000, 8000) : Number.POSITIVE_INFINITY;
    if (this.#world.nowMs + staysMs < untilMs) void this.#node.sleep(staysMs).then(() => this.#leave());
    while (!this.consumer.isClosed) {
      try {
        await this.#read();
      } catch (error) {
        const { kind, message } = KafkaError.from(error);
        if (kind === "closed") break;
        this.#node.note(`${this.name} fails: ${message}`);
        if (this.#random.below(2) === 0) this.#leave();
        else await this.#node.sleep(100);
        if (kind !== "broker" && !KafkaError.is(error)) this.#leave();
      }
    }
    await this.consumer.close().catch(() => undefined);
    await this.#kafka.close().catch(() => undefined);
  }

  #leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#node.note(`${this.name} leaves`);
    void this.consumer.close().catch(() => undefined);
  }

  async #read(): Promise<void> {
    this.#begin(this.consumer.assignment());
    if (this.#settings.loop === "records") {
      for await (const record of this.consumer) {
        this.#got([record]);
        await this.#work();
        this.#done([record]);
        if (!this.#settings.isAutoCommitting) {
          this.consumer.markProcessed(record);
          await this.#commit();
        }
      }
    } else if (this.#settings.loop === "batches") {
      for await (const { records } of this.consumer.batches()) {
        const list = [...records].map(({ topic, partition, offset, value }) => ({ topic, partition, offset, value }));
        this.#got(list);
        await this.#work();
        this.#done(list);
        if (!this.#settings.isAutoCommitting) await this.#commit();
      }
    } else {
      await this.consumer.run({
        concurrency: 4,
        eachRecord: async (record) => {
          const copy = { topic: record.topic, partition: record.partition, offset: record.offset, value: record.value };
          this.#got([copy]);
          await this.#work();
          this.#done([copy]);
          if (!this.#settings.isAutoCommitting && this.#random.below(4) === 0) await this.#commit();
        },
      });
    }
  }

  /** Commits the record that the loop has passed; a refused commit is no reason to stop. */
  async #commit(): Promise<void> {
    try {
      await this.consumer.commit();
    } catch (error) {
      if (KafkaError.is(error) && error.kind === "closed") return;
      this.#node.note(`${this.name}: a commit fails: ${KafkaError.from(error).message}`);
    }
  }

  async #work(): Promise<void> {
    const { maxPollIntervalMs, untilMs, calmMs } = this.#settings;
    const isEarly = this.#world.nowMs < untilMs;
    if (isEarly && this.#random.below(300) === 0) {
      const durationMs = maxPollIntervalMs + 4000;
      this.#world.record({ type: "busy", ...this.#at(), member: this.name, durationMs, maxPollIntervalMs });
      await this.#node.sleep(durationMs);
    } else if (
      this.#world.nowMs > calmMs &&
      this.#world.nowMs < calmMs + 15_000 &&
      maxPollIntervalMs > 7000 &&
      this.#random.below(6) === 0
    ) {
      await this.#node.sleep(6800); // longer than a session timeout, shorter than the poll interval
    } else if (this.#random.below(4) === 0) await this.#node.sleep(this.#random.below(60));
  }

  /** A response has at least one batch of each partition, however large. */
  #got(
    records: readonly {
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
      readonly value: Uint8Array | null;
    }[],
  ): void {
    this.#world.record({
      type: "buffer",
      ...this.#at(),
      what: "consumer",
      bytes: this.consumer.bufferedBytes,
      limit: BUFFER_BYTES + this.consumer.assignment().length * this.#settings.responseBytes,
    });
    for (const { topic, partition, offset, value } of records) {
      const id = recordId(value);
      this.#world.record({
        type: "deliver",
        ...this.#at(),
        consumer: this.name,
        id,
        topic,
        partition,
        offset,
        digest: id,
      });
    }
  }

  #done(records: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[]): void {
    for (const { topic, partition, offset } of records)
      this.#world.record({ type: "done", ...this.#at(), consumer: this.name, topic, partition, offset });
  }

  #own(what: OwnershipEvent["what"], moment: OwnershipEvent["moment"], partitions: OwnershipEvent["partitions"]): void {
    const group = this.#world.cluster.snapshot().groups.find(({ groupId }) => groupId === GROUP);
    const members = group?.members.map(({ memberId }) => memberId) ?? [];
    const committed = (topic: string, partition: number): number =>
      group?.offsets.find((one) => one.topic === topic && one.partition === partition)?.offset ?? 0;
    const { memberId = "" } = this.consumer.groupMetadata();
    const { options, isAutoCommitting } = this.#settings;
    this.#world.record({
      type: "ownership",
      ...this.#at(),
      member: this.name,
      memberId,
      what,
      moment,
      partitions: partitions.map(({ topic, partition }) => ({
        topic,
        partition,
        committed: committed(topic, partition),
      })),
      members,
      isAutoCommitting,
      isStatic: options.groupInstanceId !== undefined && options.groupProtocol === "classic",
      isClosing: this.consumer.isClosed,
      isClassic: options.groupProtocol === "classic",
      ...(group === undefined ? {} : { groupType: group.type }),
      ...(options.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: options.sessionTimeoutMs }),
    });
    if (what === "assigned" && moment === "begin") this.#begin(partitions);
  }

  /** Reading begins again: unprocessed records come again. */
  #begin(partitions: OwnershipEvent["partitions"]): void {
    for (const { topic, partition } of partitions)
      this.#world.record({ type: "seek", ...this.#at(), consumer: this.name, topic, partition });
  }

  #at(): { readonly atMs: number; readonly node: string } {
    return { atMs: this.#world.nowMs, node: this.#node.name };
  }
}
