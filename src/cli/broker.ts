import { lookup } from "node:dns/promises";
import { hostname } from "node:os";
import { EmbeddedCluster, type EmbeddedClusterOptions } from "../embedded.ts";
import { type OptionSpecs, helpText, readOptions } from "./arguments.ts";
import { BROKER_OPTIONS, brokerOptions, isWildcard } from "./broker-options.ts";
import { releaseMemory } from "./memory-release.ts";
import { untilStopped } from "./until-stopped.ts";
import { brokerSecurity, SECURITY_OPTIONS, securityLine } from "./broker-security.ts";

const OPTIONS: OptionSpecs = {
  ...BROKER_OPTIONS,
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
  const { advertised, line: advertisedLine } = await advertisedAddress(brokerOptions(options));
  const security = brokerSecurity(options, advertised);
  const clusterOptions = { ...advertised, ...security };
  const cluster = await EmbeddedCluster.start(clusterOptions);
  // Listen for signals before printing the line. The process that reads the line may end us at once, and Node's default
  // action for SIGTERM would skip the close.
  const stopped = untilStopped();
  process.stdout.write(`bootstrap servers: ${cluster.bootstrapServers}\n`);
  for (const line of [advertisedLine, securityLine(clusterOptions)])
    if (line !== undefined) process.stdout.write(`${line}\n`);
  const stop = releaseMemory(() => cluster.connectionCount);
  await stopped;
  stop();
  await cluster.close();
  return 0;
}

/**
 * Brokers that listen on all interfaces tell clients the name of this machine, as Kafka does, or localhost if no
 * resolver knows the name. The line says so.
 */
async function advertisedAddress(
  options: EmbeddedClusterOptions,
): Promise<{ readonly advertised: EmbeddedClusterOptions; readonly line: string | undefined }> {
  const { host = "", advertise } = options;
  if (advertise !== undefined || !isWildcard(host)) return { advertised: options, line: undefined };
  const name = hostname();
  const isKnown = await lookup(name).then(
    () => true,
    () => false,
  );
  const advertisedName = isKnown ? name : "localhost";
  return {
    advertised: { ...options, advertise: { host: advertisedName } },
    line: `clients get the address ${advertisedName}, as they cannot connect to ${host}; --advertise HOST names another`,
  };
}
