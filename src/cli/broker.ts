import { EmbeddedCluster } from "../embedded.ts";
import { type OptionSpecs, helpText, readOptions } from "./arguments.ts";
import { releaseMemory } from "./memory-release.ts";
import { brokerSecurity, SECURITY_OPTIONS, securityLine } from "./broker-security.ts";

const OPTIONS: OptionSpecs = {
  brokers: { type: "number", value: "N", about: "how many brokers", default: 1, min: 1, max: 100 },
  host: { type: "string", value: "HOST", about: "the address they listen on", default: "127.0.0.1" },
  port: {
    type: "number",
    value: "PORT",
    about: "the first broker's port, others follow; 0 for free ones",
    default: 9092,
    min: 0,
    max: 65_535,
  },
  partitions: {
    type: "number",
    value: "N",
    about: "partitions of a topic that is created automatically",
    default: 3,
    min: 1,
    max: 10_000,
  },
  ...SECURITY_OPTIONS,
  help: { type: "boolean", about: "shows this" },
};

/**
 * `odradek broker`: an embedded cluster for any Kafka client. Runs until its standard input ends or it gets a signal.
 */
export async function broker(argv: readonly string[]): Promise<number> {
  const options = readOptions("broker", OPTIONS, argv);
  if (options["help"] === true) {
    process.stdout.write(
      helpText(
        "odradek broker [OPTIONS]",
        "Runs a Kafka cluster in this process, in memory, on TCP ports, until Ctrl-C.\n" +
          "docs/security.md shows how to test logins, sessions that end, and denials with it.",
        OPTIONS,
      ),
    );
    return 0;
  }
  const count = Number(options["brokers"]);
  const first = Number(options["port"]);
  const security = brokerSecurity(options);
  const cluster = await EmbeddedCluster.start({
    ...security,
    brokers: count,
    host: String(options["host"]),
    ports: Array.from({ length: count }, (_, i) => (first === 0 ? 0 : first + i)),
    numPartitions: Number(options["partitions"]),
  });
  // Listen for signals before printing the line. The process that reads the line may end us at once, and Node's default
  // action for SIGTERM would skip the close.
  const told = untilTold();
  process.stdout.write(`bootstrap servers: ${cluster.bootstrapServers}\n`);
  const line = securityLine(security);
  if (line !== undefined) process.stdout.write(`${line}\n`);
  const stop = releaseMemory(() => cluster.connectionCount);
  await told;
  stop();
  await cluster.close();
  return 0;
}

/**
 * Resolves at Ctrl-C or SIGTERM, or when a piped standard input ends: if the parent process dies, its broker ends too.
 */
function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
    if (process.env["ODRADEK_PARENT"] !== undefined) process.stdin.resume().once("end", () => resolve());
  });
}
