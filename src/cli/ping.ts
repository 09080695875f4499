import { readFileSync } from "node:fs";
import { type BrokerAddress, parseBootstrapServers } from "../cluster/bootstrap.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Connection } from "../network/connection.ts";
import { metadataApi } from "../protocol/messages/metadata.ts";
import { type OptionSpecs, helpText, readOptions } from "./arguments.ts";
import { type ClientProperties, clientProperties } from "../properties/connection-properties.ts";
import { createPinger, type Pinger } from "./ping-connection.ts";
import { PingSteps, stepLine } from "./ping-steps.ts";
import { REACH_OPTIONS, type Reach, reachOf } from "./reach-options.ts";

const OPTIONS: OptionSpecs = {
  bootstrap: {
    type: "string",
    value: "HOST:PORT",
    about: "the broker to begin with; default: bootstrap.servers of FILE",
  },
  properties: {
    type: "string",
    value: "FILE",
    about: "security settings as Java's tools take them (--command-config)",
  },
  ...REACH_OPTIONS,
  timeout: {
    type: "number",
    value: "MS",
    about: "the limit of each connection and request",
    default: 10_000,
    min: 1,
    max: 600_000,
  },
  help: { type: "boolean", about: "shows this" },
};

const ABOUT = `Connects to a cluster and prints each step with its time: the name, TCP, TLS, ApiVersions, SASL,
Metadata, then the address that each broker advertises. It stops at the step that fails, says why, and what to do.
Exit code 0 if every step worked, 1 if one failed, 2 for a wrong option or file. docs/security.md lists the entries
of FILE.`;

/** `odradek ping`: finds the step at which a client cannot reach a cluster. */
export async function ping(argv: readonly string[]): Promise<number> {
  const options = readOptions("ping", OPTIONS, argv);
  if (options["help"] === true) {
    process.stdout.write(helpText("odradek ping --bootstrap HOST:PORT [OPTIONS]", ABOUT, OPTIONS));
    return 0;
  }
  const properties = readProperties(options["properties"]);
  const servers = options["bootstrap"] ?? properties.bootstrapServers;
  if (typeof servers !== "string")
    throw new KafkaError(
      "config",
      "odradek ping needs --bootstrap, for example: odradek ping --bootstrap localhost:9092",
    );
  const addresses = parseBootstrapServers(servers);
  const reach = reachOf(options);
  const pinger = await createPinger(properties, Number(options["timeout"]), reach);
  const steps = new PingSteps(
    () => performance.now(),
    (step) => process.stdout.write(stepLine(step)),
  );
  for (const warning of pinger.warnings) process.stdout.write(`warning: ${warning}\n`);
  try {
    await pingAll(addresses, pinger, steps, reach);
    return 0;
  } catch (error) {
    steps.failed(KafkaError.from(error).message);
    return 1;
  } finally {
    await pinger.close();
  }
}

function readProperties(path: unknown): ClientProperties {
  if (typeof path !== "string") return { ignored: [] };
  try {
    return clientProperties(readFileSync(path, "utf8"), (file) => readFileSync(file));
  } catch (error) {
    const { kind, message } = KafkaError.from(error, "config");
    throw new KafkaError(kind, `${path}: ${message}`);
  }
}

async function pingAll(
  addresses: readonly BrokerAddress[],
  pinger: Pinger,
  steps: PingSteps,
  { mapBroker }: Reach,
): Promise<void> {
  let brokers: readonly BrokerAddress[] = [];
  for (const address of addresses) {
    const connection = await pinger.open(address, steps);
    try {
      brokers = await brokersOf(connection, steps);
    } finally {
      connection.close();
    }
  }
  for (const broker of brokers) {
    const { host, port, nodeId = -1 } = broker;
    steps.begin(`broker ${nodeId}`);
    const connection = await pinger.connect(broker).catch((error: unknown) => {
      const why = KafkaError.from(error).message;
      throw new KafkaError("connection", `${why} (advertised.listeners of the broker contains this address)`);
    });
    connection.close();
    const mapped = mapBroker?.({ nodeId, host, port });
    const isMapped = mapped !== undefined && (mapped.host !== host || mapped.port !== port);
    steps.done(`${host}:${port}${isMapped ? ` at ${mapped.host}:${mapped.port}` : ""}`);
  }
}

/** Asks for the brokers and no topics. */
async function brokersOf(connection: Connection, steps: PingSteps): Promise<readonly BrokerAddress[]> {
  steps.begin("Metadata");
  const { brokers, clusterId } = await connection.request(metadataApi, { topics: [] });
  const count = brokers.length === 1 ? "1 broker" : `${brokers.length} brokers`;
  steps.done(`${count}, cluster id ${clusterId ?? "unknown"}`);
  return brokers.map(({ host, port, nodeId }) => ({ host, port, nodeId }));
}
