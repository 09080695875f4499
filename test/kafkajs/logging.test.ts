// Loggers: the same calls give the same entries as kafkajs's.
import { test } from "node:test";
import assert from "node:assert/strict";
import { consoleLogCreator } from "../../packages/kafkajs/src/logging/console-log-creator.ts";
import { createLogger, type LogCreator, type Logger } from "../../packages/kafkajs/src/logging/logger.ts";
import { logLevel } from "../../packages/kafkajs/src/logging/log-level.ts";
import { require } from "./real-kafkajs.ts";

type RealLoggers = {
  createLogger(options: { readonly level?: number; readonly logCreator: unknown }): Logger;
};

/** The calls of a program to a logger. */
type Program = (root: Logger) => void;

const PROGRAMS: Readonly<Record<string, Program>> = {
  "each method of the root": (root) => {
    for (const method of ["error", "warn", "info", "debug"] as const) root[method](method, { method });
  },
  "a namespace, which does not nest": (root) => {
    root.namespace("Producer").namespace("Inner").error("text", { extra: 1 });
    root.namespace("").error("empty name");
  },
  "a namespace with a level of its own": (root) => {
    root.namespace("Debug", logLevel.DEBUG).debug("seen");
    root.namespace("Nothing", logLevel.NOTHING).error("not seen");
  },
  "a level set later counts for the whole tree": (root) => {
    const before = root.namespace("Before");
    before.setLogLevel(logLevel.DEBUG);
    before.debug("one");
    root.debug("two");
    root.setLogLevel(logLevel.ERROR);
    root.namespace("After").warn("not seen");
    before.error("three");
  },
  "extra members win over those of the entry": (root) => root.warn("text", { message: "other", logger: "mine" }),
  "methods without their object": (root) => {
    const { error, namespace } = root;
    error("bare");
    const { warn } = namespace("Name");
    warn("bare as well");
  },
};

/** Entries without their times, which are checked to be times. */
function entriesOf(make: (creator: LogCreator) => Logger, program: Program): unknown[] {
  const entries: unknown[] = [];
  const root = make((level) => {
    entries.push({ level });
    return ({ log: { timestamp, ...log }, ...entry }) => {
      assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      entries.push({ ...entry, log });
    };
  });
  program(root);
  return entries;
}

const environmentOf = (level: string | undefined) => (name: string) =>
  name === "KAFKAJS_LOG_LEVEL" ? level : undefined;
const clock = { now: () => 1_700_000_000_000, monotonic: () => 0 };

for (const ofEnvironment of [undefined, "debug", "NOTHING", "Warn", "nonsense", "toString", ""])
  for (const [name, program] of Object.entries(PROGRAMS))
    test(`${name}; KAFKAJS_LOG_LEVEL ${JSON.stringify(ofEnvironment)}`, () => {
      const loggers = require("kafkajs/src/loggers") as RealLoggers;
      const before = process.env["KAFKAJS_LOG_LEVEL"];
      if (ofEnvironment === undefined) delete process.env["KAFKAJS_LOG_LEVEL"];
      else process.env["KAFKAJS_LOG_LEVEL"] = ofEnvironment;
      try {
        for (const level of [logLevel.INFO, logLevel.ERROR, logLevel.DEBUG]) {
          const host = { clock, environment: environmentOf(ofEnvironment) };
          assert.deepEqual(
            entriesOf((creator) => createLogger(host, level, creator), program),
            entriesOf((logCreator) => loggers.createLogger({ level, logCreator }), program),
          );
        }
      } finally {
        if (before === undefined) delete process.env["KAFKAJS_LOG_LEVEL"];
        else process.env["KAFKAJS_LOG_LEVEL"] = before;
      }
    });

test("the lines on the console are kafkajs's, each by the method of its level", () => {
  const real = require("kafkajs/src/loggers/console") as () => ReturnType<LogCreator>;
  const log = { timestamp: "2026-01-01T00:00:00.000Z", logger: "kafkajs", message: "text", extra: [1] } as const;
  const methods = ["info", "error", "warn", "log"] as const;
  for (const label of ["NOTHING", "ERROR", "WARN", "INFO", "DEBUG"] as const)
    for (const namespace of [undefined, "", "Producer"]) {
      const entry = { namespace, level: logLevel[label], label, log };
      const mine: string[][] = [];
      consoleLogCreator({ print: (method, line) => mine.push([method, line]) })(logLevel.INFO)(entry);
      const printed: string[][] = [];
      const saved = methods.map((method) => console[method]);
      for (const method of methods) console[method] = (line: string) => printed.push([method, line]);
      try {
        real()(entry);
      } finally {
        for (const [i, method] of methods.entries()) console[method] = saved[i]!;
      }
      assert.deepEqual(mine, printed);
    }
});
