// A process whose records are not acknowledged yet does not end, whatever the client waits for; one that waits for
// nothing does.
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import assert from "node:assert/strict";

const src = new URL("../../src/", import.meta.url).href;

/**
 * Runs a program in its own process. Returns its output and its exit code (13: an await that nothing could settle any
 * more).
 */
function run(program: string): { readonly printed: string; readonly status: number | null } {
  const code = `import { Kafka } from "${src}node.js"; import { EmbeddedCluster } from "${src}embedded.js";
    const cluster = await EmbeddedCluster.start({ topics: { t: 1 } });
    const kafka = new Kafka({ cluster });
    ${program}`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { printed: `${stdout}${stderr.replaceAll(/^Warning.*$/gm, "")}`.trim(), status };
}

const waits: readonly (readonly [what: string, program: string, printed: string])[] = [
  [
    "a retry after a refusal",
    `cluster.failRequests("Produce", Array(3).fill("NOT_ENOUGH_REPLICAS")); console.log((await ` +
      `kafka.producer().send({ topic: "t", value: "v" })).offset);`,
    "0",
  ],
  [
    "a retry after a lost reply",
    `cluster.intercept("Produce", "disconnect-after", { times: 1 }); console.log((await kafka.producer().send({ ` +
      `topic: "t", value: "v" })).offset);`,
    "0",
  ],
  [
    "a request that is never answered, and its timeout",
    `cluster.intercept("Produce", "hang", { times: 1 }); console.log((await kafka.producer({ requestTimeoutMs: ` +
      `300 }).send({ topic: "t", value: "v" })).offset);`,
    "0",
  ],
  [
    "its linger, also of a record that nobody awaits",
    `const producer = kafka.producer({ lingerMs: 300 }); producer.send({ topic: "t", value: "v" }).then(({ ` +
      "offset }) => console.log(offset));",
    "0",
  ],
  [
    "a metadata request that is never answered",
    `cluster.intercept("Metadata", "hang"); await new Kafka({ cluster, requestTimeoutMs: 300 ` +
      "}).admin().listTopics({ timeoutMs: 300 }).catch((error) => console.log(error.kind));",
    "timeout",
  ],
  [
    "the next record, in a loop",
    `setTimeout(() => kafka.producer().send({ topic: "t", value: "v" }), 300).unref(); for await (const { offset ` +
      `} of kafka.consumer({ topics: ["t"] })) { console.log(offset); break; }`,
    "0",
  ],
];
for (const [what, program, printed] of waits) {
  test(`the process lives while the client waits for ${what}; after that it ends without close()`, () => {
    assert.deepEqual(run(program), { printed, status: 0 });
  });
}

const losses: readonly (readonly [how: string, program: string, says: RegExp])[] = [
  [
    "process.exit() with records on their way",
    `const { nodeConnector } = await import("${src}node.js"); const connector = { connect: (...args) => ` +
      "nodeConnector().connect(...args).catch((error) => { setImmediate(() => process.exit(0)); throw error; }) }; " +
      `new Kafka({ bootstrapServers: "127.0.0.1:1", connector }).producer().enqueue({ topic: "t", value: "v" });`,
    /the process ends before 1 record of topic t were acknowledged.*127\.0\.0\.1:1.*ECONNREFUSED/,
  ],
  [
    "an end that nobody asked for, once the records have expired",
    `const producer = new Kafka({ bootstrapServers: "127.0.0.1:1" }).producer({ maxBlockMs: 300 }); for (const ` +
      `topic of ["t", "t", "u"]) producer.enqueue({ topic, value: "v" });`,
    /lost 3 records of topics t \(2\), u \(1\).*127\.0\.0\.1:1.*ECONNREFUSED/,
  ],
];
for (const [how, program, says] of losses) {
  test(`records of enqueue that were lost without a word at ${how} are logged`, () => {
    const { printed, status } = run(program);
    assert.match(printed, says);
    assert.equal(status, 0);
  });
}
