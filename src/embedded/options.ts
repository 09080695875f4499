import { KafkaError } from "../errors/kafka-error.ts";
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
  /** The address that brokers listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** A port for each broker; 0 lets the host choose. Default: all 0. */
  readonly ports?: readonly number[];
}

const NAMES = ["brokers", "topics", "autoCreateTopics", "numPartitions", "host", "ports"];
const MAX_BROKERS = 1000;
const MAX_PARTITIONS = 100_000;
const MAX_PORT = 65_535;

/** Throws kind `config`, naming what is wrong, before anything has been started. */
export function checkOptions(options: EmbeddedClusterOptions): void {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new KafkaError("config", `EmbeddedCluster has no option "${unknown}"; its options are ${NAMES.join(", ")}`);
  const { brokers = 1, numPartitions = 1, ports } = options;
  checkNumber("brokers", brokers, 1, MAX_BROKERS);
  checkNumber("numPartitions", numPartitions, 1, MAX_PARTITIONS);
  if (ports !== undefined && ports.length !== brokers) throw new KafkaError("config", `ports takes one port for each of the ${brokers} brokers, not ${ports.length}`);
  for (const port of ports ?? []) checkNumber("ports", port, 0, MAX_PORT);
  for (const [name, topic] of Object.entries(options.topics ?? {})) checkTopic(name, topic, brokers);
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
