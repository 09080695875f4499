import { KafkaError } from "../errors/kafka-error.ts";
import {
  atLeastOneMs,
  type Check,
  flag,
  listOf,
  mapOf,
  milliseconds,
  name,
  oneOf,
  shape,
  text,
  wholeFrom,
} from "../errors/shape.ts";
import type { Listener } from "../runtime/byte-stream.ts";
import { checkSecurity, type EmbeddedSecurityOptions, SECURITY_CHECKS } from "./security/security-options.ts";
import { GROUP_DEFAULTS, type GroupConfigs } from "./state/groups/group-configs.ts";
import { Topics } from "./state/topics.ts";
import { topicConfigsError } from "./configs/topic-configs-error.ts";
import { checkConfigs } from "./configs/check-configs.ts";

/** An initial topic: its number of partitions, or more settings. */
export type InitialTopic =
  | number
  | {
      /** The number of partitions. */
      readonly partitions: number;
      /** The number of replicas of each partition. Default 1. */
      readonly replicationFactor?: number;
      /** Topic configs by Kafka's names, for example `{ "cleanup.policy": "compact" }`. Default: none. */
      readonly configs?: Readonly<Record<string, string>>;
    };

/** The options of an embedded cluster. */
export interface EmbeddedClusterOptions extends EmbeddedSecurityOptions {
  /** How many brokers. Default 1. */
  readonly brokers?: number;
  /** The id of the first broker; the others have the next ones. Default 0. Java: `node.id`. */
  readonly firstNodeId?: number;
  /** The initial topics, by name. Default: none. */
  readonly topics?: Readonly<Record<string, InitialTopic>>;
  /** Whether a topic that a client asks for is created. Default true. Java: `auto.create.topics.enable`. */
  readonly autoCreateTopics?: boolean;
  /**
   * How long after a client has asked for it such a topic exists, in ms. Default 0: one turn later. Some tests of
   * clients need it to take a while, as in Kafka, where it takes 20 ms and more.
   */
  readonly autoCreateDelayMs?: number;
  /**
   * The number of replicas of a topic that does not set it. Default: that of the brokers, at most 3. Java:
   * `default.replication.factor`, 1.
   */
  readonly defaultReplicationFactor?: number;
  /** The number of partitions of a topic that does not set it. Default 3. Java: `num.partitions`, 1. */
  readonly numPartitions?: number;
  /** How long a follower may lag before it leaves the ISR, in ms. Default 30000. Java: `replica.lag.time.max.ms`. */
  readonly replicaLagTimeMaxMs?: number;
  /**
   * How long a new replica of a reassignment takes to have everything, in ms. Until then it is listed as being added.
   * Default 0: some turns. A real broker takes some hundred ms.
   */
  readonly reassignmentDelayMs?: number;
  /**
   * Whether nothing is committed while the ISR is below `min.insync.replicas`, and replicas that leave the ISR then
   * stay eligible as leaders (KIP-966). Default true, as in Kafka since 4.0. False is the older behaviour: with
   * acks=all, NOT_ENOUGH_REPLICAS_AFTER_APPEND is possible.
   */
  readonly eligibleLeaderReplicas?: boolean;
  /** The address on which brokers listen. Default 127.0.0.1. */
  readonly host?: string;
  /**
   * The address that clients get, in place of `host` and each broker's port. With `port`, the first broker has that
   * port, and the others have the next ones. Default: `host`, or loopback if that is `0.0.0.0` or `::`, to which
   * clients cannot connect. Java: `advertised.listeners`.
   */
  readonly advertise?: { readonly host: string; readonly port?: number };
  /** The finalised `transaction.version`: 2 for the transactions of KIP-890, 0 or 1 for older ones. Default 2. */
  readonly transactionVersion?: TransactionVersion;
  /**
   * How long after the response of EndTxn the markers of a transaction are written, in ms. Default 0: some turns later.
   */
  readonly transactionMarkerDelayMs?: number;
  /** The finalised `group.version`: 1 for the groups of KIP-848 besides the classic ones, 0 without. Default 1. */
  readonly groupVersion?: 0 | 1;
  /**
   * Broker configs by Kafka's names, as in a broker's file, for example `{ "log.retention.bytes": "10000000" }`. The
   * configs of logs and topics are obeyed; DescribeConfigs returns the others, and nothing else follows from them.
   * Default: none. Java: `server.properties`.
   */
  readonly configs?: Readonly<Record<string, string>>;
  /** How consumer groups behave: timeouts, delays, and so on. Default: as in Kafka. */
  readonly groups?: Partial<GroupConfigs>;
  /** The rack of each broker, as clients see it in metadata. Default: none. Java: `broker.rack`. */
  readonly racks?: readonly string[];
  /** A port for each broker; 0 lets the host choose. Default: all 0. */
  readonly ports?: readonly number[];
}

/** The levels of Kafka's feature `transaction.version`. */
export type TransactionVersion = 0 | 1 | 2;

const MAX_BROKERS = 1000;
/** Room for the ids of brokers that are added later. */
const MAX_NODE_ID = 1_000_000_000;
/** The maximum number of partitions of a topic: each is a log in memory. */
export const MAX_PARTITIONS = 100_000;
const MAX_PORT = 65_535;

const POLICIES = ["bidirectional", "upgrade", "downgrade", "disabled"] as const;
const GROUPS = shape(
  Object.fromEntries(
    Object.keys(GROUP_DEFAULTS).map((field): [string, Check] => [
      field,
      field === "migrationPolicy" ? oneOf(...POLICIES) : milliseconds,
    ]),
  ),
);
const TOPIC = shape(
  { partitions: wholeFrom(1, MAX_PARTITIONS), replicationFactor: wholeFrom(1, MAX_BROKERS), configs: mapOf(text) },
  {
    needs: ["partitions"],
    noun: "field",
    hints: { numPartitions: "partitions", replicas: "replicationFactor", config: "configs" },
  },
);
const OPTIONS = shape(
  {
    brokers: wholeFrom(1, MAX_BROKERS),
    firstNodeId: wholeFrom(0, MAX_NODE_ID),
    topics: mapOf((value, path) => (typeof value === "number" ? wholeFrom(1, MAX_PARTITIONS) : TOPIC)(value, path)),
    autoCreateTopics: flag,
    autoCreateDelayMs: milliseconds,
    numPartitions: wholeFrom(1, MAX_PARTITIONS),
    defaultReplicationFactor: wholeFrom(1, MAX_BROKERS),
    advertise: shape({ host: name, port: wholeFrom(1, MAX_PORT) }, { needs: ["host"], noun: "field" }),
    replicaLagTimeMaxMs: atLeastOneMs,
    reassignmentDelayMs: milliseconds,
    eligibleLeaderReplicas: flag,
    transactionVersion: wholeFrom(0, 2),
    transactionMarkerDelayMs: milliseconds,
    groupVersion: wholeFrom(0, 1),
    configs: mapOf(text),
    groups: GROUPS,
    host: name,
    racks: listOf(name),
    ports: listOf(wholeFrom(0, MAX_PORT)),
    ...SECURITY_CHECKS,
  },
  {
    hints: {
      user: "users",
      rack: "racks",
      nodes: "brokers",
      brokerCount: "brokers",
      nodeId: "firstNodeId",
      brokerId: "firstNodeId",
      port: "ports",
      partitions: "numPartitions",
    },
  },
);

/** Throws kind `config` with the name of the wrong option, before anything is started. */
export function checkOptions(options: EmbeddedClusterOptions): void {
  OPTIONS(options, "EmbeddedCluster");
  const { brokers = 1, ports, racks } = options;
  if (ports !== undefined && ports.length !== brokers)
    throw new KafkaError("config", `ports takes one port for each of the ${brokers} brokers, not ${ports.length}`);
  if (racks !== undefined && racks.length !== brokers)
    throw new KafkaError("config", `racks takes one rack for each of the ${brokers} brokers, not ${racks.length}`);
  if ((options.defaultReplicationFactor ?? 1) > brokers)
    throw new KafkaError(
      "config",
      `defaultReplicationFactor takes at most ${brokers}, the number of brokers, not ${options.defaultReplicationFactor}`,
    );
  const advertised = options.advertise?.host;
  if (advertised !== undefined && loopbackOf(advertised) !== undefined)
    throw new KafkaError("config", `advertise.host: clients cannot connect to ${advertised}; name another address`);
  checkSecurity(options);
  checkConfigs(options.configs ?? {});
  for (const [topic, initial] of Object.entries(options.topics ?? {})) checkTopic(topic, initial, brokers);
}

/** Throws kind `config` for an invalid level. */
export function checkTransactionVersion(level: number, path: string): void {
  wholeFrom(0, 2)(level, path);
}

/** Throws kind `unsupported` if brokers cannot listen as the options say. */
export function checkListener({ tls }: EmbeddedClusterOptions, listener: Listener): void {
  if (tls === undefined || listener.hasTls === true) return;
  throw new KafkaError(
    "unsupported",
    "EmbeddedCluster: tls: this listener does not speak TLS. A cluster in memory has none: give `host` or `ports`. " +
      "A platform's own listener needs `hasTls`",
  );
}

/** The loopback address in place of one that stands for all interfaces; undefined for any other. */
export function loopbackOf(host: string): string | undefined {
  if (host === "0.0.0.0") return "127.0.0.1";
  return /^[0:]+$/.test(host) && host.includes(":") ? "::1" : undefined;
}

function checkTopic(topic: string, initial: InitialTopic, brokers: number): void {
  if (!Topics.isValidName(topic))
    throw new KafkaError("config", `EmbeddedCluster: topics: ${Topics.nameError(topic)}`, { topic });
  const { replicationFactor = 1, configs = {} } = typeof initial === "number" ? {} : initial;
  wholeFrom(1, brokers)(replicationFactor, `EmbeddedCluster: topics.${topic}.replicationFactor`);
  const error = topicConfigsError(Object.entries(configs));
  if (error !== undefined) throw new KafkaError("config", `topic ${topic}: ${error}`, { topic });
}
