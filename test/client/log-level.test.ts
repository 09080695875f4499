// The option logLevel, the variable ODRADEK_LOG, and the lines of requests.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loggingOf, type LogThreshold } from "../../src/cluster/log-level.ts";
import { Kafka, type KafkaBaseOptions } from "../../src/kafka.ts";
import { observe } from "../../src/observe.ts";
import { nodePlatform } from "../../src/platform/node/platform.ts";
import type { LogEntry, LogLevel, Platform } from "../../src/runtime/platform.ts";
import { inWorld } from "./world.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
const REQUEST = /^\w+ ?\d* to \S+ (was answered|was written|failed|was not sent)/;

/** The levels that arrive, and the level that is passed to the platform. */
function arriving(
  option: LogThreshold | undefined,
  variable: string | undefined,
  at: "onLog" | "platform",
): { readonly levels: readonly LogLevel[]; readonly least: unknown; readonly warnings: readonly string[] } {
  const levels: LogLevel[] = [];
  let told: unknown = "nothing";
  const log = ({ level }: LogEntry, least?: LogLevel): void => {
    levels.push(level);
    told = least;
  };
  const platform = { ...nodePlatform(), log, environment: (name: string) => (name === "ODRADEK_LOG" ? variable : "x") };
  const logging = loggingOf(option, at === "onLog" ? (entry): void => log(entry) : undefined, platform);
  for (const level of LEVELS) logging.log?.({ level, message: "", fields: {} });
  assert.equal(logging.logsRequests, levels[0] === "debug" && (option ?? variable) !== undefined && told !== null);
  return { levels, least: told, warnings: logging.warnings };
}

test("the option logLevel counts before ODRADEK_LOG, and both before the default", () => {
  for (const [i, level] of LEVELS.entries()) {
    for (const at of ["onLog", "platform"] as const) {
      assert.deepEqual(arriving(level, "off", at).levels, LEVELS.slice(i));
      assert.deepEqual(arriving(undefined, level.toUpperCase(), at).levels, LEVELS.slice(i));
    }
    assert.equal(arriving(level, undefined, "platform").least, level);
  }
  for (const at of ["onLog", "platform"] as const) {
    assert.deepEqual(arriving("off", "debug", at).levels, []);
    assert.deepEqual(arriving(undefined, "off", at).levels, []);
  }
});

test("without a level onLog gets every line, and the platform chooses by itself", () => {
  for (const at of ["onLog", "platform"] as const) {
    const { levels, least, warnings } = arriving(undefined, undefined, at);
    assert.deepEqual([levels, least, warnings], [LEVELS, undefined, []]);
  }
});

test("a wrong ODRADEK_LOG is ignored, with a warning that names what it takes; a wrong logLevel is refused", async () => {
  const platform: Platform = { ...nodePlatform(), environment: () => "verbose" };
  const lines: LogEntry[] = [];
  const kafka = new Kafka({ bootstrapServers: "localhost:9", onLog: (entry) => void lines.push(entry) }, platform);
  kafka.producer();
  kafka.producer();
  assert.deepEqual(
    lines.map(({ message }) => message),
    ["ODRADEK_LOG takes debug, info, warn, error, off, not verbose: it is ignored"],
  );
  await kafka.close();
  for (const logLevel of ["verbose", "DEBUG", null, 4] as never[])
    assert.throws(() => new Kafka({ bootstrapServers: "localhost:9", logLevel }, nodePlatform()), {
      kind: "config",
      message: /^Kafka: logLevel takes "debug", "info", "warn", "error", "off", not /,
    });
});

test("Node prints the lines that are wanted, and all of them to stderr", (t) => {
  const printed: string[] = [];
  for (const name of ["warn", "error"] as const)
    t.mock.method(console, name, (text: string) => void printed.push(`${name} ${text}`));
  const { log } = nodePlatform();
  for (const level of LEVELS) log?.({ level, message: level, fields: { a: 1 } });
  assert.deepEqual(printed.splice(0), ["warn odradek: warn (a=1)", "error odradek: error (a=1)"]);
  for (const level of LEVELS) log?.({ level, message: "m", fields: {} }, "debug");
  assert.deepEqual(printed, ["warn odradek: debug: m", "warn odradek: info: m", "warn odradek: m", "error odradek: m"]);
});

const SECRET = "the-password-of-alice";
const KEPT = "a-value-that-no-line-shows";

async function lines(options: KafkaBaseOptions): Promise<{ readonly lines: LogEntry[]; readonly answered: number }> {
  const lines: LogEntry[] = [];
  let answered = 0;
  await inWorld(
    {
      users: { alice: { password: SECRET } },
      topics: { t: { partitions: 1 }, small: { partitions: 1, configs: { "max.message.bytes": "1000" } } },
      client: {
        sasl: { mechanism: "PLAIN", username: "alice", password: SECRET },
        onLog: (entry) => void lines.push(entry),
        ...options,
      },
    },
    async ({ cluster, kafka }) => {
      observe(kafka, { requestAnswered: () => answered++ });
      const producer = kafka.producer({ lingerMs: 0 });
      await producer.send({ topic: "t", key: KEPT, value: KEPT, headers: { [KEPT]: KEPT } });
      await assert.rejects(producer.send({ topic: "small", value: KEPT.repeat(100) }));
      cluster.intercept("Produce", "disconnect", { times: 1 });
      await producer.send({ topic: "t", value: KEPT });
      cluster.setQuotas({ user: "alice" }, { producer_byte_rate: 100 });
      for (let i = 0; i < 3; i++) await producer.send({ topic: "t", value: KEPT.repeat(20) });
      const fast = kafka.producer({ acks: 0, enableIdempotence: false });
      await fast.send({ topic: "t", value: KEPT });
      const consumer = kafka.consumer({ topics: ["t"], startOffset: "earliest", groupId: "g" });
      for await (const record of consumer) if (record.offset === 4) break;
      await kafka.close();
    },
  );
  return { lines, answered };
}

test("with debug each request is one line: times, sizes, throttles and errors, and nothing of what it carries", async () => {
  const { lines: all, answered } = await lines({ logLevel: "debug" });
  const requests = all.filter(({ message }) => REQUEST.test(message));
  const ended = requests.filter(({ message }) => /was (answered|written)/.test(message));
  // observe() begins after the Kafka was made, and before its first connection: both see every answer.
  assert.equal(ended.length, answered);
  assert.ok(requests.every(({ level }) => level === "debug"));
  for (const { message, fields } of all) {
    const line = JSON.stringify([message, fields]);
    assert.ok(!line.includes(SECRET) && !line.includes(KEPT) && !message.includes("\n"), line);
  }
  const find = (pattern: RegExp): LogEntry =>
    requests.find(({ message }) => pattern.test(message)) ?? assert.fail(`no line like ${String(pattern)}`);
  const { message, fields } = find(/^Produce \d+ to /);
  assert.match(message, /^Produce \d+ to \S+:\d+ was answered after [\d.]+ ms$/);
  assert.deepEqual(Object.keys(fields), [
    "client",
    "node",
    "purpose",
    "correlationId",
    "requestBytes",
    "queuedMs",
    "responseBytes",
    "durationMs",
    "inFlight",
  ]);
  assert.equal(fields["client"], "odradek-producer-1");
  assert.ok(Number(fields["requestBytes"]) > KEPT.length && Number(fields["responseBytes"]) > 0);
  assert.match(find(/^Produce .* with MESSAGE_TOO_LARGE/).message, /MESSAGE_TOO_LARGE$/);
  assert.equal(find(/^Produce .* with MESSAGE_TOO_LARGE/).fields["errorCodes"], "10");
  find(/^Produce \d+ to \S+ failed after [\d.]+ ms: Produce/);
  find(/^SaslAuthenticate \d+ to \S+ was answered/);
  find(/^Produce .* was written, and has no answer/);
  assert.ok(requests.some(({ fields }) => Number(fields["throttleMs"]) > 0));
  assert.ok(requests.some(({ fields }) => Number(fields["queuedMs"]) > 0));
});

test("observe and the log of requests do not disturb each other, in either order", () =>
  inWorld({ topics: { t: { partitions: 1 } } }, async ({ client }) => {
    for (const isFirst of [true, false]) {
      const lines: LogEntry[] = [];
      const kafka = client({ logLevel: "debug", onLog: (entry) => void lines.push(entry) });
      let answered = 0;
      const begin = (): (() => void) => observe(kafka, { requestAnswered: () => answered++ });
      let end = isFirst ? begin() : undefined;
      const producer = kafka.producer();
      const send = async (): Promise<number> => {
        const before = lines.length;
        await producer.send({ topic: "t", value: "x" });
        return lines.slice(before).filter(({ message }) => message.startsWith("Produce")).length;
      };
      assert.equal(await send(), 1);
      end ??= begin();
      answered = 0;
      assert.equal(await send(), 1);
      assert.equal(answered, 1);
      end();
      assert.equal(await send(), 1);
      assert.equal(answered, 1);
      await kafka.close();
    }
  }));

test("requests are logged only where debug was asked for", async () => {
  for (const options of [{}, { logLevel: "info" } as const]) {
    const { lines: all, answered } = await lines(options);
    assert.ok(answered > 0);
    assert.deepEqual(
      all.filter(({ message }) => REQUEST.test(message)),
      [],
    );
    assert.equal(
      all.some(({ level }) => level === "debug"),
      !("logLevel" in options),
    );
  }
});
