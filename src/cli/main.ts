#!/usr/bin/env node
import { KafkaError } from "../errors/kafka-error.ts";
import { broker } from "./broker.ts";
import { conformance } from "./conformance.ts";
import { demo } from "./demo.ts";
import { simulateCommand } from "./simulate.ts";

const HELP = `Usage: odradek COMMAND [OPTIONS]

Commands:
  demo         produces and consumes a million records and shows what that costs
  broker       runs an embedded Kafka cluster on loopback TCP ports
  conformance  measures a runtime of your own against the contract
  simulate     the client under seeded faults: finds, shrinks and replays failures

"odradek COMMAND --help" explains a command.
`;

/** Exit codes: 0 done, 1 failed, 2 the command line was wrong. */
async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  switch (command) {
    case "demo":
      return demo(rest);
    case "broker":
      return broker(rest);
    case "conformance":
      return conformance(rest);
    case "simulate":
      return simulateCommand(rest);
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
