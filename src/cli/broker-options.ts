import { KafkaError } from "../errors/kafka-error.ts";
import type { EmbeddedClusterOptions, InitialTopic } from "../embedded.ts";
import type { OptionSpecs, OptionValues } from "./arguments.ts";
import { brokerConfigs } from "./broker-configs.ts";

const MOST_PORT = 65_535;

/** The options of `odradek broker`, without those of its security. */
export const BROKER_OPTIONS: OptionSpecs = {
  brokers: { type: "number", value: "N", about: "how many brokers", default: 1, min: 1, max: 100 },
  host: { type: "string", value: "HOST", about: "the address they listen on", default: "127.0.0.1" },
  port: {
    type: "number",
    value: "PORT",
    about: "the first broker's port, others follow; 0 for free ones",
    default: 9092,
    min: 0,
    max: MOST_PORT,
  },
  advertise: {
    type: "string",
    value: "HOST[:PORT]",
    about: "the address that clients get; default HOST and PORT",
  },
  racks: { type: "string", value: "RACK,…", about: "the rack of each broker (default none)" },
  topic: { type: "string", value: "NAME[:PARTS[:RF]]", about: "a topic that exists at once; repeatable", isList: true },
  partitions: { type: "number", value: "N", about: "partitions of other topics (default 3)", min: 1, max: 10_000 },
  "no-auto-create": { type: "boolean", about: "topics are not created because a client asks for them" },
  config: {
    type: "string",
    value: "KEY=VALUE",
    about: "a broker config by Kafka's name, as node.id=1; repeatable",
    isList: true,
  },
};

/** The cluster's options. Throws kind `config` with the name of the option, what it takes and what to do. */
export function brokerOptions(values: OptionValues): EmbeddedClusterOptions {
  const brokers = Number(values["brokers"]);
  const first = Number(values["port"]);
  checkPorts("--port", first, brokers);
  const configs = brokerConfigs(listOf(values["config"]));
  const { partitions } = values;
  if (partitions !== undefined && configs.numPartitions !== undefined) throw twice("--partitions", "num.partitions");
  if (values["no-auto-create"] === true && configs.autoCreateTopics !== undefined)
    throw twice("--no-auto-create", "auto.create.topics.enable");
  if (values["super-user"] !== undefined && configs.superUsers !== undefined)
    throw twice("--super-user", "super.users");
  const { defaultReplicationFactor: factor = 1 } = configs;
  if (factor > brokers)
    throw new KafkaError(
      "config",
      `--config default.replication.factor=${factor} needs as many brokers: --brokers ${factor}`,
    );
  const { advertise, racks } = values;
  return {
    // As in the files that come with Kafka, a broker that is alone has node id 1.
    firstNodeId: brokers === 1 ? 1 : 0,
    ...configs,
    brokers,
    host: hostOf("--host", String(values["host"])),
    ports: Array.from({ length: brokers }, (_, i) => (first === 0 ? 0 : first + i)),
    // In Kafka it takes the controller and the broker some time. Clients try again 100 ms later or more.
    autoCreateDelayMs: 50,
    // Clients see a reassignment before it ends, as on a real broker.
    reassignmentDelayMs: 100,
    // A person who starts a consumer does not want to wait three seconds for others that do not come, nor one second
    // after another consumer of the group.
    groups: { initialRebalanceDelayMs: 0, consumerAssignmentIntervalMs: 0, ...configs.groups },
    topics: Object.fromEntries(
      topicsOf(listOf(values["topic"]), brokers, configs.numPartitions ?? Number(partitions ?? 3)),
    ),
    ...(partitions === undefined ? {} : { numPartitions: Number(partitions) }),
    ...(values["no-auto-create"] === true ? { autoCreateTopics: false } : {}),
    ...(racks === undefined ? {} : { racks: racksOf(String(racks), brokers) }),
    ...(advertise === undefined ? {} : { advertise: addressOf(String(advertise), brokers) }),
  };
}

/** Whether an address stands for all interfaces: clients cannot connect to it. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || /^[0:]+$/.test(host);
}

function topicsOf(
  texts: readonly string[],
  brokers: number,
  numPartitions: number,
): readonly (readonly [name: string, topic: InitialTopic])[] {
  const topics = texts.map((text) => {
    const [name = "", partitions = String(numPartitions), factor = "", ...rest] = text.split(":");
    if (name === "" || rest.length > 0 || !/^\d+$/.test(partitions) || !/^\d*$/.test(factor))
      throw new KafkaError(
        "config",
        `--topic takes NAME, NAME:PARTITIONS or NAME:PARTITIONS:REPLICAS, for example orders:6:1, not "${text}"`,
      );
    const replicationFactor = Number(factor);
    if (factor !== "" && (replicationFactor < 1 || replicationFactor > brokers))
      throw new KafkaError(
        "config",
        `--topic ${text}: ${factor} replicas need as many brokers, and there ${brokers === 1 ? "is 1" : `are ${brokers}`}: ` +
          "--brokers N starts more",
      );
    return [name, { partitions: Number(partitions), ...(factor === "" ? {} : { replicationFactor }) }] as const;
  });
  const again = topics.find(([name], i) => topics.findIndex(([other]) => other === name) < i);
  if (again !== undefined) throw new KafkaError("config", `--topic ${again[0]} is given twice: give it once`);
  return topics;
}

function racksOf(text: string, brokers: number): readonly string[] {
  const racks = text.split(",").map((rack) => rack.trim());
  if (racks.length === brokers && !racks.includes("")) return racks;
  throw new KafkaError(
    "config",
    `--racks takes a rack for each broker, separated by commas; there ${brokers === 1 ? "is 1" : `are ${brokers}`}, ` +
      `and it is "${text}"`,
  );
}

/** Reads `HOST` or `HOST:PORT`; an IPv6 address with a port needs brackets. */
function addressOf(text: string, brokers: number): { readonly host: string; readonly port?: number } {
  const found = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(text) ?? /^([\da-f:.]*:[\da-f:.]*)$/i.exec(text);
  const [, host = "", port] = found ?? [];
  if (host === "")
    throw new KafkaError(
      "config",
      `--advertise takes HOST or HOST:PORT, an IPv6 address in brackets, for example [::1]:9092, not "${text}"`,
    );
  const name = hostOf("--advertise", host);
  if (isWildcard(name))
    throw new KafkaError(
      "config",
      `--advertise ${text}: clients cannot connect to ${name}; give the name or the address of this machine`,
    );
  if (port === undefined) return { host: name };
  if (Number(port) < 1) throw new KafkaError("config", `--advertise ${text}: a port is from 1 to ${MOST_PORT}`);
  checkPorts("--advertise", Number(port), brokers);
  return { host: name, port: Number(port) };
}

/** A host without the brackets of an IPv6 address. */
function hostOf(option: string, text: string): string {
  const inner = /^\[(.*)\]$/.exec(text)?.[1];
  const host = inner ?? text;
  if (host === "" || /[\s[\]]/.test(host))
    throw new KafkaError("config", `${option} takes a name or an IP address, not "${text}"`);
  if (/^[^:]+:\d+$/.test(host))
    throw new KafkaError("config", `${option} takes a name or an IP address, not "${text}"; the port is --port`);
  return host;
}

function checkPorts(option: string, first: number, brokers: number): void {
  const last = first + brokers - 1;
  if (last > MOST_PORT)
    throw new KafkaError(
      "config",
      `${option}: the ${brokers} brokers have the ports ${first} to ${last}, and the highest port is ${MOST_PORT}`,
    );
}

function twice(option: string, key: string): KafkaError {
  return new KafkaError("config", `${option} and --config ${key} say the same: give one of them`);
}

function listOf(value: OptionValues[string]): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}
