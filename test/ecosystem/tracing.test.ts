// Four tracing agents trace one program, each in a process of its own, on kafkajs and on the alias; the spans are the
// same, and have the parents and links that a user expects.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { nodeBinary } from "../package/site.ts";
import { AGENTS, type Agent, type TracedResult } from "./agents.ts";
import { type Brokers, embeddedBrokers } from "./brokers.ts";
import { EXPECTED, withoutDifferences } from "./expected-spans.ts";
import { CLIENTS, Installation, type Tarballs, packBoth } from "./installation.ts";
import { shapeOf } from "./spans.ts";
import { type Traces, tracesOf } from "./traces.ts";

const NODES = { 20: process.execPath, 24: nodeBinary("24.21.0") } as const;

let tarballs: Tarballs;
let brokers: Brokers;

before(async () => {
  tarballs = packBoth();
  brokers = await embeddedBrokers();
});

after(async () => {
  tarballs.remove();
  await brokers.stop();
});

let runs = 0;

for (const agent of AGENTS)
  for (const node of [20, 24] as const) {
    const reference: { traces?: Traces } = {};
    for (const client of CLIENTS)
      test(`${agent.name} (${agent.packages[node][0] ?? ""}) traces ${client}, Node ${node}`, async () => {
        const installation = new Installation({
          ...{ client, tarballs, node: NODES[node], packages: agent.packages[node] },
        });
        try {
          const traces = await tracesOf(agent, installation, brokers, `traced${runs++}`);
          if (process.env["ODRADEK_SHOW"] !== undefined) console.log(JSON.stringify(traces, undefined, 1));
          assert.deepEqual(shapeOf(traces.spans), EXPECTED[agent.name], "the shape of the traces");
          if (client === "kafkajs") reference.traces = traces;
          else if (reference.traces !== undefined) assertSame(agent, traces, reference.traces);
        } finally {
          installation.remove();
        }
      });
  }

/** Fails if the traces of the alias are not those of kafkajs. */
function assertSame(agent: Agent, traces: Traces, reference: Traces): void {
  assert.deepEqual(withoutDifferences(agent.name, traces.spans), withoutDifferences(agent.name, reference.spans));
  assert.deepEqual(traces.result.done, reference.result.done, "what the program saw");
  const heads = ({ result }: Traces): unknown => result.notes.map(({ name, headers }) => [name, headers]);
  assert.deepEqual(heads(traces), heads(reference), "the headers that arrive");
  assert.deepEqual(traces.result.unhandled, reference.result.unhandled);
  assert.deepEqual(metricsOf(traces.result), metricsOf(reference.result));
}

/** Metrics of messages, with their numbers. Those of requests say which there were: how often is not the same. */
function metricsOf({ metrics = [] }: TracedResult): readonly string[] {
  const ofMessages = metrics.filter(({ name }) => /\.messages$|process\.duration$|kafka/i.test(String(name)));
  return ofMessages.map((metric) => JSON.stringify(metric)).sort();
}
