// NestJS's Kafka transport, unchanged, on kafkajs and on the alias: the packages of npm, one process for each proof.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { nodeBinary } from "../package/site.ts";
import { type Brokers, embeddedBrokers, makeTopics, realBrokers } from "./brokers.ts";
import { CLIENTS, Installation, type Tarballs, packBoth } from "./installation.ts";

const NEST = { 11: "11.2.6", 12: "12.1.1" } as const;
const NODES = { 20: process.execPath, 24: nodeBinary("24.21.0") } as const;

const packagesOf = (version: string): readonly string[] => [
  ...["microservices", "core", "common"].map((name) => `@nestjs/${name}@${version}`),
  "rxjs@7.8.2",
  "reflect-metadata@0.2.2",
];

let tarballs: Tarballs;
let embedded: Brokers;
let real: Brokers;

before(async () => {
  tarballs = packBoth();
  embedded = await embeddedBrokers();
  real = await realBrokers();
});

after(async () => {
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
      test(`NestJS ${major} on ${client}, Node ${node}, ${where}: 1,000 requests, events, RegExp patterns, exceptions that are retried, a rolling restart, shutdown hooks`, async (t) => {
        const installation = new Installation({
          ...{ client, tarballs, node: NODES[node] },
          packages: packagesOf(NEST[major]),
        });
        t.diagnostic(`NestJS@${NEST[major]}`);
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
