import assert from "node:assert/strict";
import { test } from "node:test";
import type { EmbeddedClusterOptions } from "../embedded.ts";
import { readOptions } from "./arguments.ts";
import { BROKER_OPTIONS, brokerOptions, isWildcard } from "./broker-options.ts";
import { SECURITY_OPTIONS } from "./broker-security.ts";

const read = (...args: readonly string[]): EmbeddedClusterOptions =>
  brokerOptions(readOptions("broker", { ...BROKER_OPTIONS, ...SECURITY_OPTIONS }, args));

const DEFAULTS: EmbeddedClusterOptions = {
  firstNodeId: 1,
  autoCreateDelayMs: 50,
  brokers: 1,
  host: "127.0.0.1",
  ports: [9092],
  reassignmentDelayMs: 100,
  groups: { initialRebalanceDelayMs: 0, consumerAssignmentIntervalMs: 0 },
  topics: {},
};

test("options of odradek broker are those of the embedded cluster", () => {
  for (const [args, expected] of [
    [[], {}],
    [["--brokers", "3", "--port", "5000"], { firstNodeId: 0, brokers: 3, ports: [5000, 5001, 5002] }],
    [["--port", "0", "--brokers", "2"], { firstNodeId: 0, brokers: 2, ports: [0, 0] }],
    [["--partitions", "7", "--no-auto-create"], { numPartitions: 7, autoCreateTopics: false }],
    [
      ["--topic", "a", "--topic", "b:5", "--topic", "c:2:1"],
      { topics: { a: { partitions: 3 }, b: { partitions: 5 }, c: { partitions: 2, replicationFactor: 1 } } },
    ],
    [["--topic", "a", "--partitions", "4"], { topics: { a: { partitions: 4 } }, numPartitions: 4 }],
    [["--topic", "a", "--config", "num.partitions=6"], { topics: { a: { partitions: 6 } }, numPartitions: 6 }],
    [["--host", "::1"], { host: "::1" }],
    [["--host", "[::1]"], { host: "::1" }],
    [["--advertise", "kafka"], { advertise: { host: "kafka" } }],
    [["--advertise", "kafka:29092"], { advertise: { host: "kafka", port: 29_092 } }],
    [["--advertise", "[::1]:29092"], { advertise: { host: "::1", port: 29_092 } }],
    [["--advertise", "fd00::1"], { advertise: { host: "fd00::1" } }],
    [["--config", "auto.create.topics.enable=FALSE"], { autoCreateTopics: false }],
    [
      ["--brokers", "2", "--config", "default.replication.factor = 2"],
      { firstNodeId: 0, brokers: 2, ports: [9092, 9093], defaultReplicationFactor: 2 },
    ],
    [["--config", "node.id=7"], { firstNodeId: 7 }],
    [["--config", "broker.id=0"], { firstNodeId: 0 }],
    [
      ["--config", "node.id=1", "--brokers", "2", "--racks", "a, b"],
      { brokers: 2, ports: [9092, 9093], racks: ["a", "b"] },
    ],
    [["--config", "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer"], { acls: [] }],
    [["--config", "authorizer.class.name="], {}],
    [["--config", "super.users=User:a; User:b"], { superUsers: ["User:a", "User:b"] }],
    [["--config", "allow.everyone.if.no.acl.found=true"], { allowEveryoneIfNoAclFound: true }],
    [["--config", "replica.lag.time.max.ms=100"], { replicaLagTimeMaxMs: 100 }],
    [["--config", "super.users=User:admin; User:CN=a,O=b;"], { superUsers: ["User:admin", "User:CN=a,O=b"] }],
    [
      ["--config", "group.initial.rebalance.delay.ms=3000", "--config", "group.consumer.migration.policy=Upgrade"],
      { groups: { initialRebalanceDelayMs: 3000, consumerAssignmentIntervalMs: 0, migrationPolicy: "upgrade" } },
    ],
  ] as const)
    assert.deepEqual(read(...args), { ...DEFAULTS, ...expected }, args.join(" "));
});

test("a wrong option of odradek broker says what it takes, and what to do", () => {
  for (const [args, message] of [
    [
      ["--topic", ""],
      /--topic takes NAME, NAME:PARTITIONS or NAME:PARTITIONS:REPLICAS, for example orders:6:1, not ""/,
    ],
    [["--topic", "a:b"], /--topic takes NAME/],
    [["--topic", "a:1:1:1"], /--topic takes NAME/],
    [["--topic", "a:1:2"], /--topic a:1:2: 2 replicas need as many brokers, and there is 1: --brokers N starts more/],
    [["--topic", "a:1:0"], /--topic a:1:0: 0 replicas/],
    [["--topic", "a", "--topic", "a:2"], /--topic a is given twice/],
    [["--topic"], /--topic/],
    [["--config", "num.partitions"], /--config takes KEY=VALUE, for example --config num\.partitions=6/],
    [["--config", "=3"], /--config takes KEY=VALUE/],
    [["--config", "num.partition=3"], /Kafka has no broker config num\.partition; did you mean num\.partitions\?/],
    [["--config", "toString=3"], /--config: Kafka has no broker config toString/],
    [["--config", "zookeeper.connect=x"], /Kafka has no broker config zookeeper\.connect/],
    [["--config", "log.retention.ms=abc"], /--config: .*log\.retention\.ms/],
    [["--config", "sasl.enabled.mechanisms=PLAIN"], /--config: sasl\.enabled\.mechanisms has an option of its own/],
    [["--config", "node.id=1", "--config", "broker.id=2"], /node\.id and broker\.id are two names of one config/],
    [["--config", "node.id=-1"], /--config node\.id takes a whole number from 0 to 1000000000, not "-1"/],
    [["--config", "authorizer.class.name=Mine"], /authorizer\.class\.name takes org\.apache\.kafka\..*, not "Mine"/],
    [["--config", "allow.everyone.if.no.acl.found=1"], /takes true or false, not "1"/],
    [["--racks", "a,b"], /--racks takes a rack for each broker, separated by commas; there is 1, and it is "a,b"/],
    [["--racks", "a,", "--brokers", "2"], /--racks takes a rack for each broker, .* there are 2/],
    [
      ["--config", "allow.everyone.if.no.acl.found=1"],
      /allow\.everyone\.if\.no\.acl\.found takes true or false, not "1"/,
    ],
    [
      ["--config", "super.users=User:a", "--super-user", "b"],
      /--super-user and --config super\.users say the same: give one of them/,
    ],
    [["--config", "num.partitions=0"], /--config num\.partitions takes a whole number from 1 to 100000, not "0"/],
    [["--config", "num.partitions=1.5"], /takes a whole number/],
    [["--config", "group.max.size=-1"], /group\.max\.size takes a whole number from 0/],
    [["--config", "auto.create.topics.enable=yes"], /takes true or false, not "yes"/],
    [["--config", "group.consumer.migration.policy=up"], /takes bidirectional, upgrade, downgrade, disabled, not "up"/],
    [["--config", "num.partitions=1", "--config", "num.partitions=2"], /--config num\.partitions is given twice/],
    [["--config", "num.partitions=1", "--partitions", "2"], /--partitions and --config num\.partitions say the same/],
    [["--config", "auto.create.topics.enable=true", "--no-auto-create"], /--no-auto-create and --config auto\.create/],
    [["--config", "default.replication.factor=2"], /default\.replication\.factor=2 needs as many brokers: --brokers 2/],
    [["--advertise", "0.0.0.0"], /--advertise 0\.0\.0\.0: clients cannot connect to 0\.0\.0\.0; give the name/],
    [["--advertise", "[::]:9092"], /clients cannot connect to ::/],
    [["--advertise", ":9092"], /--advertise takes HOST or HOST:PORT/],
    [["--advertise", "kafka:"], /--advertise takes HOST or HOST:PORT/],
    [["--advertise", "kafka:x"], /--advertise takes HOST or HOST:PORT/],
    [["--advertise", "a b"], /--advertise takes a name or an IP address/],
    [["--advertise", "kafka:0"], /a port is from 1 to 65535/],
    [["--advertise", "kafka:65535", "--brokers", "2"], /--advertise: the 2 brokers have the ports 65535 to 65536/],
    [
      ["--port", "65535", "--brokers", "2"],
      /--port: the 2 brokers have the ports 65535 to 65536, and the highest port/,
    ],
    [["--host", "localhost:9092"], /--host takes a name or an IP address, not "localhost:9092"; the port is --port/],
    [["--host", ""], /--host takes a name or an IP address/],
    [["--partitions", "0"], /--partitions takes a whole number from 1 to 10000/],
    [["--no-auto-create=1"], /no-auto-create/],
  ] as const)
    assert.throws(
      () => read(...args),
      (error: Error & { kind?: string }) => error.kind === "config" && message.test(error.message),
      args.join(" "),
    );
});

test("addresses that stand for all interfaces", () => {
  for (const host of ["0.0.0.0", "::", "0:0:0:0:0:0:0:0"]) assert.equal(isWildcard(host), true, host);
  for (const host of ["127.0.0.1", "::1", "localhost", "10.0.0.0"]) assert.equal(isWildcard(host), false, host);
});
