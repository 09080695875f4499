// Runs on any host: one client of the installed package, whose entry and options are arguments. It makes a round trip,
// or one call that must fail. Prints one JSON object.
import type { KafkaErrorKind } from "../../../src/errors/kafka-error.ts";
import type { KafkaBaseOptions } from "../../../src/kafka.ts";
import type * as Odradek from "../../../src/node.ts";
import { roundTrip } from "./round-trip.ts";

/** The work of the child. */
export interface HostWork {
  /** The address of a module that exports the installed package. */
  readonly entry: string;
  /** The options of the client, as JSON has them. */
  readonly options: KafkaBaseOptions;
  /** The names of topics, group and transactional id contain it. */
  readonly name: string;
  readonly must: "work" | "fail";
}

/** The output of the child. */
export interface HostResult {
  /** Warnings and errors in the log. */
  readonly lines: readonly string[];
  /** The error of a call. */
  readonly error?: { readonly kind: KafkaErrorKind; readonly retriable: boolean; readonly message: string };
}

const work = JSON.parse(process.argv[2] ?? "") as HostWork;
const { Kafka, KafkaError } = (await import(work.entry)) as typeof Odradek;
const lines: string[] = [];
const kafka = new Kafka({
  ...work.options,
  onLog: ({ level, message }) => {
    if (level === "warn" || level === "error") lines.push(`${level}: ${message}`);
  },
});
let error: HostResult["error"];
try {
  if (work.must === "work") await roundTrip(kafka, work.name);
  else await kafka.admin().listTopics();
} catch (thrown) {
  if (!KafkaError.is(thrown)) throw thrown;
  const { kind, retriable, message } = thrown;
  error = { kind, retriable, message };
} finally {
  await kafka.close();
}
const result: HostResult = { lines, ...(error === undefined ? {} : { error }) };
process.stdout.write(`${JSON.stringify(result)}\n`);
