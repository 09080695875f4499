#!/usr/bin/env node
import { existsSync, readFileSync } from "node:fs";
import { KafkaError } from "../errors/kafka-error.ts";
import { broker } from "./broker.ts";
import { conformance } from "./conformance.ts";
import { demo } from "./demo.ts";
import { ping } from "./ping.ts";
import { simulateCommand } from "./simulate.ts";
import { tunnel } from "./tunnel.ts";

const HELP = `Usage: odradek COMMAND [OPTIONS]

Commands:
  demo         produces and consumes a million records and shows what that costs
  broker       runs an embedded Kafka cluster on loopback TCP ports
  ping         connects to a cluster step by step, and says which step fails and why
  tunnel       connects web pages to brokers, through WebSockets
  conformance  measures a runtime of your own against the contract
  simulate     the client under seeded faults: finds, shrinks and replays failures

"odradek COMMAND --help" explains a command, "odradek --version" says which version this is.
`;

/**
 * The version of the package that contains this file: two folders up in the built package, three in the tests' build.
 */
function version(): string {
  const path = [new URL("../../package.json", import.meta.url), new URL("../../../package.json", import.meta.url)].find(
    (one) => existsSync(one),
  );
  if (path === undefined) throw new KafkaError("internal", "there is no package.json above the command line's files");
  return (JSON.parse(readFileSync(path, "utf8")) as { readonly version: string }).version;
}

/** Exit codes: 0 success, 1 failure, 2 wrong command line. */
async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  switch (command) {
    case "demo":
      return demo(rest);
    case "broker":
      return broker(rest);
    case "ping":
      return ping(rest);
    case "tunnel":
      return tunnel(rest);
    case "conformance":
      return conformance(rest);
    case "simulate":
      return simulateCommand(rest);
    case "--version":
    case "-v":
      process.stdout.write(`${version()}\n`);
      return 0;
    case undefined:
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(HELP);
      return command === undefined ? 2 : 0;
    default:
      throw new KafkaError("config", `there is no command "${command}"; "odradek --help" lists them`);
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const failure = KafkaError.from(error);
    process.stderr.write(`odradek: ${failure.message}\n`);
    if (failure.kind === "internal") process.stderr.write(`${failure.stack ?? ""}\n`);
    process.exit(failure.kind === "config" ? 2 : 1);
  },
);
