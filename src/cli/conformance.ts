import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { KafkaError } from "../errors/kafka-error.ts";
import { conformanceLaws, lawText, summaryText } from "../runtime/conformance.ts";
import { type OptionSpecs, helpText, readOptions } from "./arguments.ts";
import { MARK, type Message, measure } from "./conformance-child.ts";
import { hostName } from "./conformance-host.ts";

/** The kit ends a run by itself after 50 s. A runtime that blocks its process is ended after this time. */
const KILLED_AFTER_MS = 57_000;
/** Set in the process that measures. */
const CHILD = "ODRADEK_CONFORMANCE_CHILD";

const OPTIONS: OptionSpecs = {
  delays: {
    type: "number",
    value: "N",
    about: "how many delays live at once in law R2",
    default: 1_000_000,
    min: 1,
    max: 10_000_000,
  },
  longest: {
    type: "number",
    value: "MS",
    about: "the longest delay that law D20 waits for",
    default: 5000,
    min: 1,
    max: 30_000,
  },
  laws: { type: "string", value: "S1,D1,…", about: "only these laws" },
  help: { type: "boolean", about: "shows this" },
};

const ABOUT = `Measures a runtime against every law of the contract, and prints which hold. FILE is a JavaScript module that exports
\`makeRuntime\` (a function that makes one), or \`runtime\`, or \`spawn\` and \`delayFor\` themselves; any of them also as its default export.
The runtime is measured in a process of its own. That takes about ten seconds, and never more than a minute.
A runtime that is late is reported as late, with figures; that breaks no law. Time is measured by the runtime's own \`clock\` if it has one.
Exit codes: 0 no law is broken, 1 a law is broken or the run did not come to its end, 2 the command line or FILE is wrong.
The laws and their reasons: docs/runtimes.md.`;

/** `odradek conformance FILE`: runs the conformance kit on your own runtime. */
export async function conformance(argv: readonly string[]): Promise<number> {
  const file = argv[0]?.startsWith("-") === false ? argv[0] : undefined;
  const options = readOptions("conformance", OPTIONS, file === undefined ? argv : argv.slice(1));
  if (options["help"] === true) {
    process.stdout.write(helpText("odradek conformance FILE [OPTIONS]", ABOUT, OPTIONS));
    return 0;
  }
  if (file === undefined)
    throw new KafkaError(
      "config",
      "odradek conformance needs the file of a runtime, for example: odradek conformance ./my-runtime.js",
    );
  const laws = options["laws"] === undefined ? undefined : lawIds(String(options["laws"]));
  if (process.env[CHILD] !== undefined) {
    const limits = { liveDelays: Number(options["delays"]), longestDelayMs: Number(options["longest"]) };
    return measure(file, laws === undefined ? limits : { ...limits, laws });
  }
  return supervise(file, argv, laws?.length ?? conformanceLaws().length);
}

function lawIds(text: string): readonly string[] {
  const known = conformanceLaws().map(({ id }) => id);
  const ids = text.split(",").map((id) => id.trim().toUpperCase());
  const wrong = ids.find((id) => !known.includes(id));
  if (wrong === undefined) return ids;
  throw new KafkaError("config", `--laws: there is no law "${wrong}"; the laws are ${known.join(", ")}`);
}

/** Shows the progress of the process that measures, and ends it if it does not end by itself. */
async function supervise(file: string, argv: readonly string[], count: number): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? "", "conformance", ...argv], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, [CHILD]: "1" },
  });
  let isTooLong = false;
  const timer = setTimeout(() => {
    isTooLong = true;
    child.kill("SIGKILL");
  }, KILLED_AFTER_MS);
  const endBoth = (): void => {
    child.kill("SIGKILL");
    process.exit(143);
  };
  process.once("SIGTERM", endBoth);
  const progress = new Progress(`${file} on ${hostName()}: ${count} laws\n\n`);
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => progress.line(line));
  const read = new Promise<void>((resolve) => lines.once("close", resolve));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  await read;
  clearTimeout(timer);
  process.off("SIGTERM", endBoth);
  return progress.exitCode(code, isTooLong);
}

/** Prints what the process that measures says, and lines of the runtime's own. */
class Progress {
  readonly #title: string;
  #hasBegun = false;
  #law: string | undefined;
  #passed: boolean | undefined;

  constructor(title: string) {
    this.#title = title;
  }

  line(text: string): void {
    if (!text.startsWith(MARK)) {
      process.stdout.write(`${text}\n`);
      return;
    }
    const message = JSON.parse(text.slice(MARK.length)) as Message;
    if (!this.#hasBegun) process.stdout.write(this.#title);
    this.#hasBegun = true;
    if (message.type === "start") {
      this.#law = `${message.law.id} (${message.law.title})`;
      if (process.stdout.isTTY) process.stdout.write(`...  ${message.law.id.padEnd(4)} ${message.law.title}`);
    } else if (message.type === "law") {
      this.#law = undefined;
      process.stdout.write(`${process.stdout.isTTY ? "\r\x1b[K" : ""}${lawText(message.result)}\n`);
    } else {
      this.#passed = message.report.passed;
      process.stdout.write(`\n${summaryText(message.report)}\n`);
    }
  }

  /** The exit code of the command, by that of the process that measured: null if a signal ended it. */
  exitCode(status: number | null, isTooLong: boolean): number {
    if (this.#passed !== undefined) return this.#passed ? 0 : 1;
    if (!this.#hasBegun && status !== null && status !== 0) return status; // it has said why
    const where = this.#law === undefined ? "before its first law" : `in law ${this.#law}`;
    const what = isTooLong
      ? `the run was ended after ${KILLED_AFTER_MS / 1000} s ${where}: the runtime blocks the process`
      : `the process ended by itself ${where}, ${status === null ? "by a signal" : `with exit code ${status}`}`;
    process.stdout.write(`\n\nFAIL ${what}.\n`);
    return 1;
  }
}
