// NestJS's Kafka transport, unchanged, on kafkajs and on the alias: 1,000 requests and their replies, events, RegExp
// patterns, exceptions that are retried, a rolling restart of two servers, shutdown hooks.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { nodeBinary } from "../package/site.ts";
import { type Brokers, embeddedBrokers, makeTopics, realBrokers } from "./brokers.ts";
import { CLIENTS, Installation, type Tarballs, packBoth } from "./installation.ts";
import { nestPackages } from "./nest-packages.ts";

const NODES = { 20: process.execPath, 24: nodeBinary("24.21.0") } as const;

let tarballs: Tarballs;
let embedded: Brokers;
let real: Brokers;

before(async () => {
  tarballs = packBoth();
  embedded = await embeddedBrokers();
  real = await realBrokers();
});

after(async () => {
  tarballs.remove();
  await embedded.stop();
  await real.stop();
});

interface NestResult {
  readonly rolling: { readonly isEnough: boolean };
}

/** Names of topics; those of requests have one for replies. */
const TOPICS = ["sum", "who", "again", "fails", "event", "found-a", "found-b", "other"];
const REPLIES = ["sum.reply", "who.reply", "again.reply", "fails.reply"];

const EXPECTED = {
  requests: 1000,
  events: 100,
  again: "after 3 tries: hello",
  fails: { reason: "refused" },
  found: ["found-a 1", "found-b 1"],
  unwrapped: ["function", "function", "function"],
  rolling: { isEnough: true, unanswered: [], wrong: [] },
};
/** A RegExp in a decorator. */
const EXPECTED_OF_12 = { ...EXPECTED, foundByPattern: ["found-a 1", "found-a 2", "found-b 1"] };

for (const major of [11, 12] as const)
  for (const client of CLIENTS)
    for (const node of [20, 24] as const) {
      // A real Kafka once for each version of NestJS.
      const isReal = node === 24;
      const where = isReal ? "the embedded cluster and a real Kafka" : "the embedded cluster";
      test(`NestJS ${major} on ${client}, Node ${node}, ${where}`, async (t) => {
        const installation = new Installation({
          ...{ client, tarballs, node: NODES[node] },
          packages: nestPackages(major),
        });
        t.diagnostic(nestPackages(major)[0]!);
        try {
          for (const brokers of isReal ? [embedded, real] : [embedded]) await proof(installation, brokers, major);
        } finally {
          installation.remove();
        }
      });
    }

let runs = 0;

async function proof(installation: Installation, brokers: Brokers, major: 11 | 12): Promise<void> {
  const prefix = `nest-${runs++}`;
  await makeTopics(
    brokers,
    [...TOPICS, ...REPLIES, "ended"].map((name) => `${prefix}-${name}`),
  );
  const program = installation.start("nest.mjs", [brokers.bootstrapServers, prefix, "1000", String(major)]);
  const result = (await program.whenEnded()).json<NestResult>();
  assert.deepEqual(result, major === 12 ? EXPECTED_OF_12 : EXPECTED, brokers.name);
  // kafkajs itself sets negative timers, of which Node 24 warns.
  if (installation.client !== "kafkajs") assert.equal(program.stderr, "");
  await endedBySignal(installation, brokers, `${prefix}-ended`);
}

/** SIGTERM calls the hooks, and the member leaves: with its long session the next one would otherwise not get in. */
async function endedBySignal(installation: Installation, brokers: Brokers, topic: string): Promise<void> {
  const producer = brokers.kafka.producer();
  for (const value of ["first", "second"]) {
    const server = installation.start("nest-hooks.mjs", [brokers.bootstrapServers, topic, topic]);
    await server.until((lines) => lines.includes("ready"));
    await producer.send({ topic, value });
    await server.until((lines) => lines.includes(`event ${value}`));
    server.signal("SIGTERM");
    await server.until((lines) => lines.includes("onApplicationShutdown SIGTERM"));
    assert.deepEqual(
      server.lines.filter((line) => /^\w+(Destroy|Shutdown)/.test(line)),
      ["onModuleDestroy", "beforeApplicationShutdown SIGTERM", "onApplicationShutdown SIGTERM"],
    );
  }
  await producer.close();
}
