// Four tracing agents trace one program, each in a process of its own, on kafkajs and on the alias; the spans are the
// same, and what a user looks for is in them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { nodeBinary } from "../package/site.ts";
import { AGENTS, type Agent, FakeAgent, type TracedResult } from "./agents.ts";
import { type Brokers, embeddedBrokers, makeTopics } from "./brokers.ts";
import { EXPECTED, differencesLeftOut } from "./expected-spans.ts";
import { CLIENTS, Installation, type Tarballs, packBoth } from "./installation.ts";
import { type NormalSpan, normalSpans, shapeOf } from "./spans.ts";

const NODES = { 20: process.execPath, 24: nodeBinary("24.21.0") } as const;

let tarballs: Tarballs;
let brokers: Brokers;

before(async () => {
  tarballs = packBoth();
  brokers = await embeddedBrokers();
});

after(() => brokers.stop());

interface Traces {
  readonly result: TracedResult;
  readonly spans: readonly NormalSpan[];
}

let runs = 0;

async function tracesOf(agent: Agent, installation: Installation): Promise<Traces> {
  const prefix = `traced${runs++}`;
  await makeTopics(
    brokers,
    ["each", "batch", "fails", "eos"].map((name) => `${prefix}-${name}`),
  );
  const fake = new FakeAgent();
  const env = agent.env(await fake.start());
  try {
    const result = await installation.result<TracedResult>(agent.program, [brokers.bootstrapServers, prefix], { env });
    const spans = normalSpans(agent.spans(result, fake.received), prefix);
    return { result: JSON.parse(JSON.stringify(result).replaceAll(`${prefix}-`, "")) as TracedResult, spans };
  } finally {
    fake.stop();
  }
}

for (const agent of AGENTS)
  for (const node of [20, 24] as const) {
    const reference: { traces?: Traces } = {};
    for (const client of CLIENTS)
      test(`${agent.name} (${agent.packages[node][0] ?? ""}) traces ${client}, Node ${node}`, async () => {
        const installation = new Installation({
          ...{ client, tarballs, node: NODES[node], packages: agent.packages[node] },
        });
        try {
          const traces = await tracesOf(agent, installation);
          if (process.env["ODRADEK_SHOW"] !== undefined) console.log(JSON.stringify(traces, undefined, 1));
          assert.deepEqual(shapeOf(traces.spans), EXPECTED[agent.name], "the shape of the traces");
          if (client === "kafkajs") reference.traces = traces;
          else if (reference.traces !== undefined) assertSame(agent, traces, reference.traces);
        } finally {
          installation.remove();
        }
      });
  }

/** What the alias gave is what kafkajs gave. */
function assertSame(agent: Agent, traces: Traces, reference: Traces): void {
  assert.deepEqual(differencesLeftOut(agent.name, traces.spans), differencesLeftOut(agent.name, reference.spans));
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
