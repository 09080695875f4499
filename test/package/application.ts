/** How an application loads the package. */
export type Modules = "import" | "require";

/** The output of a program that has done its work. */
export const lineOf = (value: string): string => `used ${value}\n`;

const IMPORTS = `import { Kafka, json } from "odradek";
import { EmbeddedCluster } from "odradek/embedded";
`;
const REQUIRES = `const { Kafka, json } = require("odradek");
const { EmbeddedCluster } = require("odradek/embedded");
`;

/**
 * `work()`, as a user writes it, in a language that JavaScript and TypeScript share: it sends a gzip and a zstd record,
 * reads them, and begins a transaction, on the embedded cluster and then over TCP, on the broker of `odradek broker`.
 * `value` is drawn from the commit, so that nothing can be hard-coded; the topic is named after it.
 */
export function work(value: string, modules: Modules): string {
  return `${modules === "import" ? IMPORTS : REQUIRES}
const value = ${JSON.stringify(value)};
const topic = "t-" + value;

async function exchange(kafka) {
  const compressions = ["gzip", "zstd"];
  for (const compressionType of compressions) {
    const producer = kafka.producer({ compressionType, value: json() });
    await producer.send({ topic, key: "k", value: { compressionType, text: value.repeat(100) } });
  }
  const seen = new Set();
  for await (const record of kafka.consumer({ topics: [topic], groupId: "readers", value: json() })) {
    if (record.value.text !== value.repeat(100)) throw new Error("another text came back");
    seen.add(record.value.compressionType);
    if (seen.size === compressions.length) break;
  }
  // The code of these is loaded when it is needed.
  await kafka.admin().listTopics();
  const writer = kafka.producer({ transactionalId: "writer" });
  await writer.begin();
  await writer.abort();
  await kafka.close();
}

async function work() {
  const cluster = await EmbeddedCluster.start({ topics: { [topic]: 1 } });
  await exchange(new Kafka({ cluster }));
  await cluster.close();
  await exchange(new Kafka({ bootstrapServers: process.env.ODRADEK_BROKER }));
  return "used " + value;
}
`;
}

/** A program that does the work and prints {@link lineOf}. */
export function program(value: string, modules: Modules): string {
  return `${work(value, modules)}
work().then(console.log, (error) => {
  console.error(error);
  process.exit(1);
});
`;
}

/**
 * A test that does the work, for a runner whose `test` is a global. It leaves {@link lineOf} in a file: runners print
 * what they like.
 */
export function testOf(value: string, modules: Modules): string {
  const fs =
    modules === "import" ? `import { writeFileSync } from "node:fs";` : `const { writeFileSync } = require("node:fs");`;
  return `${fs}
${work(value, modules)}
test("it sends and reads", async () => {
  writeFileSync(process.env.ODRADEK_REPORT, (await work()) + "\\n");
});
`;
}
