import { KafkaError } from "../errors/kafka-error.ts";
import { GROUP_DEFAULTS, type GroupConfigs } from "./state/groups/group-configs.ts";
import { Topics } from "./state/topics.ts";
import { topicConfigsError } from "./topic-config-values.ts";

/** A topic to begin with: its partitions, or more. */
export type InitialTopic = number | { readonly partitions: number; readonly replicationFactor?: number; readonly configs?: Readonly<Record<string, string>> };

/** What a cluster is like. */
export interface EmbeddedClusterOptions {
  /** How many brokers. Default 1. */
  readonly brokers?: number;
  /** Topics that are there from the beginning, by name. */
  readonly topics?: Readonly<Record<string, InitialTopic>>;
  /** Whether a topic that a client asks for is created. Default true. Java: `auto.create.topics.enable`. */
  readonly autoCreateTopics?: boolean;
  /** Partitions of a topic that does not say how many. Default 3. Java: `num.partitions`, 1. */
  readonly numPartitions?: number;
  /** How long a follower may lag before it falls out of the ISR, in ms. Default 30000. Java: `replica.lag.time.max.ms`. */
  readonly replicaLagTimeMaxMs?: number;
  /**
   * Whether nothing is committed below `min.insync.replicas`, and replicas that left the ISR there stay eligible as leaders
   * (KIP-966). Default true, as Kafka since 4.0; false is as before: acks=all may be answered NOT_ENOUGH_REPLICAS_AFTER_APPEND.
   */
  readonly eligibleLeaderReplicas?: boolean;
  /** The address that brokers listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** The `transaction.version` that is finalised: 2 for the transactions of KIP-890, 0 or 1 for those before it. Default 2. */
  readonly transactionVersion?: TransactionVersion;
  /** How long after EndTxn was answered the markers of a transaction are written, in ms. Default 0: some turns later. */
  readonly transactionMarkerDelayMs?: number;
  /** The `group.version` that is finalised: 1 for the groups of KIP-848 beside the classic ones, 0 without. Default 1. */
  readonly groupVersion?: 0 | 1;
  /** How consumer groups behave: timeouts, delays, and so on; all as Kafka does by default. */
  readonly groups?: Partial<GroupConfigs>;
  /** A port for each broker; 0 lets the host choose. Default: all 0. */
  readonly ports?: readonly number[];
}

const NAMES = ["brokers", "topics", "autoCreateTopics", "numPartitions", "replicaLagTimeMaxMs", "eligibleLeaderReplicas", "transactionVersion", "transactionMarkerDelayMs", "groupVersion", "groups", "host", "ports"];
/** The levels of Kafka's feature `transaction.version`. */
export type TransactionVersion = 0 | 1 | 2;

const MAX_BROKERS = 1000;
const MAX_PARTITIONS = 100_000;
const MAX_PORT = 65_535;
const MAX_DELAY_MS = 2_147_483_647;

/** Throws kind `config`, naming what is wrong, before anything has been started. */
export function checkOptions(options: EmbeddedClusterOptions): void {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new KafkaError("config", `EmbeddedCluster has no option "${unknown}"; its options are ${NAMES.join(", ")}`);
  const { brokers = 1, numPartitions = 1, replicaLagTimeMaxMs = 1, transactionVersion = 2, transactionMarkerDelayMs = 0, ports } = options;
  checkNumber("brokers", brokers, 1, MAX_BROKERS);
  checkNumber("numPartitions", numPartitions, 1, MAX_PARTITIONS);
  checkTransactionVersion(transactionVersion);
  checkNumber("transactionMarkerDelayMs", transactionMarkerDelayMs, 0, MAX_DELAY_MS);
  checkNumber("groupVersion", options.groupVersion ?? 1, 0, 1);
  checkGroups(options.groups ?? {});
  checkNumber("replicaLagTimeMaxMs", replicaLagTimeMaxMs, 1, MAX_DELAY_MS);
  if (ports !== undefined && ports.length !== brokers) throw new KafkaError("config", `ports takes one port for each of the ${brokers} brokers, not ${ports.length}`);
  for (const port of ports ?? []) checkNumber("ports", port, 0, MAX_PORT);
  for (const [name, topic] of Object.entries(options.topics ?? {})) checkTopic(name, topic, brokers);
}

/** Throws kind `config` for a level that there is not. */
export function checkTransactionVersion(level: number): void {
  checkNumber("transactionVersion", level, 0, 2);
}

const POLICIES = ["bidirectional", "upgrade", "downgrade", "disabled"];

function checkGroups(groups: Partial<GroupConfigs>): void {
  const known = Object.keys(GROUP_DEFAULTS);
  for (const [name, value] of Object.entries(groups)) {
    if (!known.includes(name)) throw new KafkaError("config", `EmbeddedCluster's groups have no option "${name}"; their options are ${known.join(", ")}`);
    if (name !== "migrationPolicy") checkNumber(`groups.${name}`, Number(value), 0, MAX_DELAY_MS);
    else if (!POLICIES.includes(String(value))) throw new KafkaError("config", `groups.migrationPolicy takes ${POLICIES.join(", ")}, not ${String(value)}`);
  }
}

function checkTopic(name: string, topic: InitialTopic, brokers: number): void {
  if (!Topics.isValidName(name)) throw new KafkaError("config", Topics.nameError(name), { topic: name });
  const { partitions, replicationFactor = 1, configs = {} } = typeof topic === "number" ? { partitions: topic } : topic;
  checkNumber(`the number of partitions of topic ${name}`, partitions, 1, MAX_PARTITIONS);
  checkNumber(`the replication factor of topic ${name}`, replicationFactor, 1, brokers);
  const error = topicConfigsError(Object.entries(configs));
  if (error !== undefined) throw new KafkaError("config", `topic ${name}: ${error}`, { topic: name });
}

function checkNumber(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) throw new KafkaError("config", `${what} takes a whole number from ${least} to ${most}, not ${String(value)}`);
}
