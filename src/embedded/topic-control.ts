import { counted } from "../errors/counted.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { wholeFrom } from "../errors/shape.ts";
import { inWords, plainly } from "../errors/words.ts";
import { sleep } from "../runtime/sleep.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import type { ClusterState } from "./handler.ts";
import { type InitialTopic, MAX_PARTITIONS } from "./options.ts";
import { coordinatorKindOf } from "./state/internal-topic-names.ts";
import type { PartitionLog } from "./state/partition-log.ts";
import { type Topic, Topics } from "./state/topics.ts";

/** Creates, grows and deletes topics, and deletes records. */
export class TopicControl {
  readonly #state: ClusterState;
  readonly #tasks: TaskGroup;
  readonly #autoCreateDelayMs: number;
  readonly #creating = new Set<string>();

  constructor(state: ClusterState, tasks: TaskGroup, autoCreateDelayMs: number) {
    this.#state = state;
    this.#tasks = tasks;
    this.#autoCreateDelayMs = autoCreateDelayMs;
  }

  /** Creates a topic whose name and numbers were checked; its replicas are on the brokers that are up. */
  create(
    name: string,
    partitions: number,
    replicationFactor: number,
    configs: ReadonlyMap<string, string>,
    replicas?: readonly (readonly number[])[],
  ): Topic {
    return this.#state.topics.create(name, partitions, replicationFactor, this.#brokerIds(), configs, replicas);
  }

  /** Creates a topic with the defaults of the cluster, a delay later or in the next turn. */
  createSoon(name: string): void {
    if (this.#creating.has(name)) return;
    this.#creating.add(name);
    this.#tasks.spawn(async (signal) => {
      await sleep(this.#state, this.#autoCreateDelayMs, signal);
      this.#creating.delete(name);
      if (this.#state.topics.byName(name) !== undefined) return;
      const kind = coordinatorKindOf(name);
      if (kind === undefined) this.#createDefault(name, this.#state.numPartitions);
      else this.#state.internalTopics.ensure(kind);
    });
  }

  /** Creates a topic of the option `topics`. */
  createInitial(name: string, topic: InitialTopic): void {
    const {
      partitions,
      replicationFactor = this.#state.defaultReplicationFactor,
      configs = {},
    } = typeof topic === "number" ? { partitions: topic } : topic;
    this.create(name, partitions, replicationFactor, new Map(Object.entries(configs)));
  }

  /** Creates a topic for the user's `createTopic`. */
  createChecked(topic: string, partitions: number): void {
    if (typeof topic !== "string" || !Topics.isValidName(topic))
      throw new KafkaError(
        "config",
        typeof topic === "string"
          ? `createTopic: ${Topics.nameError(topic)}`
          : `createTopic takes the name of a topic, not ${inWords(topic)}`,
      );
    if (this.#state.topics.byName(topic) !== undefined)
      throw new KafkaError("config", `there is a topic ${topic} already`, { topic });
    wholeFrom(1, MAX_PARTITIONS)(partitions, "createTopic: partitions");
    this.#createDefault(topic, partitions);
  }

  grow(topic: string, partitions: number): void {
    const found = this.#topic("growTopic", topic);
    wholeFrom(1, MAX_PARTITIONS)(partitions, "growTopic: partitions");
    if (partitions <= found.partitions.length)
      throw new KafkaError(
        "config",
        `growTopic: topic ${topic} has ${counted(found.partitions.length, "partition")}: it can only get more, ` +
          `not ${partitions}`,
        { topic },
      );
    this.#state.topics.grow(found, partitions, found.partitions[0]?.replicas.length ?? 1, this.#brokerIds());
  }

  delete(topic: string): void {
    this.#state.topics.delete(this.#topic("deleteTopic", topic));
    this.#state.groups.deleteTopic(topic);
  }

  deleteRecords(topic: string, partition: number, beforeOffset: number): void {
    const log = this.log("deleteRecords", topic, partition);
    if (!Number.isInteger(beforeOffset) || beforeOffset < 0 || beforeOffset > log.highWatermark)
      throw new KafkaError(
        "config",
        `deleteRecords: ${topic}-${partition} holds the offsets ${log.logStartOffset} to ${log.highWatermark}: ` +
          `records before ${inWords(beforeOffset)} cannot be deleted`,
        { topic, partition },
      );
    log.deleteBefore(beforeOffset);
  }

  /** The log of a partition. Throws kind `config`, with the call's name, if there is no such partition. */
  log(call: string, topic: string, partition: number): PartitionLog {
    // A list can also be indexed by a string.
    const log = Number.isInteger(partition) ? this.#state.topics.byName(topic)?.partitions[partition] : undefined;
    if (log === undefined)
      throw new KafkaError("config", `${call}: there is no partition ${plainly(topic)}-${plainly(partition)}`, {
        topic,
        partition,
      });
    return log;
  }

  #topic(call: string, topic: string): Topic {
    const found = this.#state.topics.byName(topic);
    if (found === undefined) throw new KafkaError("config", `${call}: there is no topic ${plainly(topic)}`, { topic });
    return found;
  }

  #createDefault(name: string, partitions: number): void {
    this.create(name, partitions, this.#state.defaultReplicationFactor, new Map());
  }

  #brokerIds(): readonly number[] {
    return this.#state.brokers().map((broker) => broker.nodeId);
  }
}
