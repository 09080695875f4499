// Commands of Kafka's own tools, in an order in which each finds the state that it needs.

/** A tool by its class in org.apache.kafka.tools, and how it takes the address of a broker. */
const TOOLS = {
  topics: "TopicCommand",
  configs: "ConfigCommand",
  "consumer-groups": "consumer.group.ConsumerGroupCommand",
  groups: "GroupsCommand",
  acls: "AclCommand",
  "leader-election": "LeaderElectionCommand",
  "reassign-partitions": "reassign.ReassignPartitionsCommand",
  "delete-records": "DeleteRecordsCommand",
  "log-dirs": "LogDirsCommand",
  transactions: "TransactionsCommand",
  features: "FeatureCommand",
  "metadata-quorum": "MetadataQuorumCommand",
  "client-metrics": "ClientMetricsCommand",
  "get-offsets": "GetOffsetShell",
  cluster: "ClusterTool",
  "delegation-tokens": "DelegationTokenCommand",
} as const;

export type Tool = keyof typeof TOOLS;

/** A command. `input`: the content of a JSON file, whose path replaces FILE in the arguments. */
export interface Command {
  readonly tool: Tool;
  readonly args: string;
  readonly input?: unknown;
  /** The lines come in an order that is not defined. */
  readonly isUnordered?: boolean;
}

export const classOf = (tool: Tool): string => `org.apache.kafka.tools.${TOOLS[tool]}`;

/** Tools whose first argument is a subcommand; the address stands before it or after it. */
const AFTER: readonly Tool[] = ["cluster"];

export function argumentsOf({ tool, args }: Command, bootstrapServers: string, file: string): readonly string[] {
  const words = args.split(" ").map((word) => (word === "FILE" ? file : word.replaceAll("~", " ")));
  const address = ["--bootstrap-server", bootstrapServers];
  return AFTER.includes(tool) ? [...words, ...address] : [...address, ...words];
}

const all = (tool: Tool, ...lines: readonly (string | Omit<Command, "tool">)[]): readonly Command[] =>
  lines.map((line) => (typeof line === "string" ? { tool, args: line } : { tool, ...line }));

const TOPICS = all(
  "topics",
  "--create --topic made --partitions 3",
  "--create --topic kept --partitions 1 --config retention.ms=86400000 --config cleanup.policy=compact",
  "--create --topic placed --replica-assignment 0,0",
  "--create --topic made",
  "--create --if-not-exists --topic made",
  "--create --topic bad~name",
  "--create --topic wide --replication-factor 3",
  "--create --topic wrong --config no.such=1",
  "--create --topic wrong --config retention.ms=abc",
  "--list",
  "--list --exclude-internal",
  "--describe --topic made",
  "--describe --topic kept",
  "--describe --topic nope",
  "--describe --topics-with-overrides --exclude-internal",
  "--describe --under-replicated-partitions",
  "--describe --unavailable-partitions",
  "--describe --at-min-isr-partitions --exclude-internal",
  "--alter --topic made --partitions 4",
  "--alter --topic made --partitions 2",
  "--alter --topic nope --partitions 2",
  "--delete --topic placed",
  "--delete --topic nope",
);

const CONFIGS = all(
  "configs",
  "--describe --topic kept",
  "--alter --topic kept --add-config retention.ms=1000000,cleanup.policy=[compact,delete]",
  "--describe --entity-type topics --entity-name kept",
  { args: "--describe --topic kept --all", isUnordered: true },
  "--alter --topic kept --delete-config retention.ms",
  "--alter --topic kept --delete-config not.there",
  "--alter --topic kept --add-config retention.ms=abc",
  "--alter --topic nope --add-config retention.ms=1",
  "--describe --topic kept",
  "--describe --broker 0",
  "--alter --broker 0 --add-config log.cleaner.threads=2",
  "--describe --broker 0",
  "--alter --broker 0 --add-config process.roles=broker",
  "--alter --broker-defaults --add-config log.retention.ms=1000000000",
  "--describe --broker-defaults",
  "--alter --broker-defaults --delete-config log.retention.ms",
  "--alter --broker 0 --delete-config log.cleaner.threads",
  "--alter --broker-logger 0 --add-config root=WARN",
  "--alter --broker-logger 0 --add-config no.such.logger.at.all=NOISY",
  "--alter --entity-type groups --entity-name billing --add-config consumer.session.timeout.ms=50000",
  "--describe --entity-type groups --entity-name billing",
  "--alter --entity-type groups --entity-name billing --add-config consumer.session.timeout.ms=1",
  "--alter --client-metrics m1 --add-config interval.ms=10000,metrics=org.apache.kafka",
  "--describe --client-metrics m1",
  "--alter --entity-type users --entity-name alice --add-config producer_byte_rate=1024,consumer_byte_rate=2048",
  "--describe --entity-type users --entity-name alice",
  "--alter --entity-type users --entity-default --add-config request_percentage=50",
  "--describe --entity-type users",
  "--alter --entity-type clients --entity-name app --add-config producer_byte_rate=1000",
  "--describe --entity-type clients",
  "--alter --entity-type ips --entity-name 10.0.0.1 --add-config connection_creation_rate=10",
  "--describe --entity-type ips",
  "--alter --entity-type users --entity-name alice --delete-config producer_byte_rate,consumer_byte_rate",
  "--alter --entity-type users --entity-name bob --add-config SCRAM-SHA-256=[iterations=4096,password=secret]",
  "--describe --entity-type users --entity-name bob",
  "--alter --entity-type users --entity-name bob --delete-config SCRAM-SHA-256",
  "--alter --entity-type users --entity-name nobody --delete-config SCRAM-SHA-256",
);

const GROUPS = [
  ...all(
    "consumer-groups",
    "--list",
    "--list --state",
    "--describe --group billing",
    "--describe --group billing --state",
    "--describe --group billing --members",
    "--describe --group nobody",
    "--reset-offsets --group billing --topic read --to-earliest --dry-run",
    "--reset-offsets --group billing --topic read --to-earliest --execute",
    "--reset-offsets --group billing --topic read:1 --shift-by 2 --execute",
    "--reset-offsets --group billing --topic read --to-offset 100 --dry-run",
    "--reset-offsets --group billing --topic read --to-datetime 2020-01-01T00:00:00.000 --dry-run",
    "--reset-offsets --group billing --all-topics --to-latest --execute",
    "--reset-offsets --group fresh --topic read --to-latest --execute",
    "--delete-offsets --group billing --topic read:0",
    "--delete-offsets --group billing --topic nope",
    "--delete --group fresh",
    "--delete --group nobody",
  ),
  ...all("groups", "--list", "--list --consumer", "--list --group-type classic"),
];

const RECORDS = [
  ...all(
    "get-offsets",
    "--topic read",
    "--topic read --time -2",
    "--topic read --time -3",
    "--topic read --time 1700000000005",
    "--topic-partitions read:0,read:7",
    "--topic nope",
  ),
  ...all(
    "delete-records",
    { args: "--offset-json-file FILE", input: deletion({ topic: "read", partition: 0, offset: 4 }) },
    { args: "--offset-json-file FILE", input: deletion({ topic: "read", partition: 1, offset: 400 }) },
    { args: "--offset-json-file FILE", input: deletion({ topic: "read", partition: 2, offset: -1 }) },
    { args: "--offset-json-file FILE", input: deletion({ topic: "kept", partition: 0, offset: 0 }) },
  ),
  ...all("get-offsets", "--topic read --time -2"),
];

function deletion(...partitions: readonly unknown[]): unknown {
  return { partitions, version: 1 };
}

const move = (topic: string, replicas: readonly number[]): unknown => ({
  partitions: [{ topic, partition: 0, replicas }],
  version: 1,
});

const CLUSTER = [
  ...all(
    "leader-election",
    "--election-type preferred --topic read --partition 0",
    "--election-type preferred --all-topic-partitions",
    "--election-type unclean --topic read --partition 0",
    "--election-type preferred --topic nope --partition 0",
  ),
  ...all(
    "reassign-partitions",
    {
      args: "--generate --broker-list 0 --topics-to-move-json-file FILE",
      input: { topics: [{ topic: "read" }], version: 1 },
    },
    { args: "--execute --reassignment-json-file FILE", input: move("read", [0]) },
    { args: "--verify --reassignment-json-file FILE", input: move("read", [0]) },
    { args: "--execute --reassignment-json-file FILE", input: move("read", [9]) },
    { args: "--execute --reassignment-json-file FILE", input: move("nope", [0]) },
    { args: "--cancel --reassignment-json-file FILE", input: move("read", [0]) },
    "--list",
  ),
  ...all(
    "log-dirs",
    "--describe --topic-list read",
    "--describe --broker-list 0 --topic-list read",
    "--describe --broker-list 7",
  ),
  ...all(
    "features",
    "describe",
    "upgrade --feature no.such=1",
    "upgrade --feature group.version=1",
    "upgrade --feature group.version=99",
  ),
  ...all("metadata-quorum", "describe --status", "describe --replication"),
  ...all("cluster", "cluster-id", "list-endpoints", "unregister --id 99"),
  ...all(
    "client-metrics",
    "--list",
    "--describe --name m1",
    "--alter --name m2 --interval 5000 --metrics org.apache.kafka.producer. --match client_id=app",
    "--describe",
    "--alter --name m3 --interval 1",
    "--delete --name m2",
    "--list",
  ),
];

const ACCESS = [
  ...all(
    "acls",
    "--list",
    "--add --allow-principal User:alice --operation Read --topic made",
    "--remove --allow-principal User:alice --operation Read --topic made --force",
  ),
  ...all(
    "transactions",
    "list",
    "describe --transactional-id done",
    "describe --transactional-id open",
    "describe --transactional-id nope",
    "describe-producers --topic read --partition 0",
    "find-hanging --broker-id 0",
    "forceTerminateTransaction --transactional-id open",
    "describe --transactional-id open",
  ),
  ...all(
    "delegation-tokens",
    "--create --max-life-time-period -1 --command-config FILE",
    "--describe --command-config FILE",
  ),
];

export const COMMANDS: readonly Command[] = [...TOPICS, ...RECORDS, ...CONFIGS, ...GROUPS, ...CLUSTER, ...ACCESS];
