import type { Entropy } from "../../runtime/entropy.ts";
import { uuidText } from "../../wire/uuid.ts";
import type { ClusterConfigs } from "../configs/cluster-configs.ts";
import type { TopicSettings } from "../configs/topic-settings.ts";
import type { BrokerStates } from "./broker-states.ts";
import { PartitionLog } from "./partition-log.ts";

/** A topic of the embedded cluster. */
export interface Topic {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: PartitionLog[];
  /** The topic configs that were set, by Kafka's names. */
  readonly configs: Map<string, string>;
  /** The settings that hold at a broker: those of the topic, else the broker's, else Kafka's defaults. */
  readonly settings: (nodeId: number) => TopicSettings;
}

const NAME = /^[a-zA-Z0-9._-]{1,249}$/;

/** The topics of a cluster, by name and by id. */
export class Topics {
  readonly #entropy: Entropy;
  readonly #brokers: BrokerStates;
  readonly #configs: ClusterConfigs;
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<string, Topic>();
  /** The names that are the same in metrics. */
  readonly #byPlainName = new Map<string, Set<string>>();
  #nextLeader = 0;

  constructor(entropy: Entropy, brokers: BrokerStates, configs: ClusterConfigs) {
    this.#entropy = entropy;
    this.#brokers = brokers;
    this.#configs = configs;
  }

  get all(): Iterable<Topic> {
    return this.#byName.values();
  }

  /** Whether Kafka would accept the name. */
  static isValidName(name: string): boolean {
    return NAME.test(name) && name !== "." && name !== "..";
  }

  /** Why Kafka would not accept the name, in its words. */
  static nameError(name: string): string {
    if (name === "") return "Topic name is invalid: the empty string is not allowed";
    if (name === "." || name === "..") return `Topic name is invalid: '${name}' is not allowed`;
    if (name.length > 249)
      return `Topic name is invalid: the length of '${name}' is longer than the max allowed length 249`;
    return (
      `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' ` +
      "and '-'"
    );
  }

  /**
   * An existing topic whose name is the same when dots are written as underscores, as metrics do. Kafka refuses such a
   * second topic.
   */
  collision(name: string): string | undefined {
    if (!/[._]/.test(name)) return undefined;
    const [other] = this.#byPlainName.get(plainName(name)) ?? [];
    return other;
  }

  byName(name: string): Topic | undefined {
    return this.#byName.get(name);
  }

  byId(topicId: string): Topic | undefined {
    return this.#byId.get(topicId);
  }

  /**
   * Finds a topic by its name if there is one, otherwise by its id, since the request version decides which of them
   * requests have.
   */
  find(name: string | null, topicId: string | undefined): Topic | undefined {
    return name !== null && name !== "" ? this.byName(name) : topicId === undefined ? undefined : this.byId(topicId);
  }

  /** An id that no topic has. */
  newId(): string {
    const id = new Uint8Array(16);
    this.#entropy.fill(id);
    return uuidText(id, 0);
  }

  /** Creates a topic; leaders are spread over the brokers in turn. */
  create(
    name: string,
    partitions: number,
    replicationFactor: number,
    brokers: readonly number[],
    configs: ReadonlyMap<string, string>,
    assigned: readonly (readonly number[])[] = [],
    topicId: string = this.newId(),
  ): Topic {
    const own = new Map(configs);
    const settings = this.#configs.settingsOf(own);
    const topic: Topic = { name, topicId, partitions: [], configs: own, settings };
    this.#byName.set(name, topic);
    const plain = plainName(name);
    this.#byPlainName.set(plain, (this.#byPlainName.get(plain) ?? new Set<string>()).add(name));
    this.#byId.set(topic.topicId, topic);
    this.grow(topic, partitions, replicationFactor, brokers, assigned);
    return topic;
  }

  /** Adds partitions up to a number. `assigned`: the replicas of the new ones, if the client chose them. */
  grow(
    topic: Topic,
    partitions: number,
    replicationFactor: number,
    brokers: readonly number[],
    assigned: readonly (readonly number[])[] = [],
  ): void {
    const from = topic.partitions.length;
    const rules = this.#brokers.rulesOf(topic.settings);
    for (let i = from; i < partitions; i++) {
      const replicas = assigned[i - from] ?? this.#inTurn(replicationFactor, brokers);
      topic.partitions.push(new PartitionLog(i, replicas[0] ?? 0, replicas, rules));
    }
  }

  /** The replicas of the next partition. */
  #inTurn(replicationFactor: number, brokers: readonly number[]): readonly number[] {
    const first = this.#nextLeader++;
    return Array.from(
      { length: Math.min(replicationFactor, brokers.length) },
      (_, k) => brokers[(first + k) % brokers.length] ?? 0,
    );
  }

  delete(topic: Topic): void {
    this.#byName.delete(topic.name);
    this.#byPlainName.get(plainName(topic.name))?.delete(topic.name);
    this.#byId.delete(topic.topicId);
    for (const log of topic.partitions) log.delete();
  }
}

function plainName(name: string): string {
  return name.replaceAll(".", "_");
}
