import { type Agent, FakeAgent, type TracedResult } from "./agents.ts";
import { type Brokers, makeTopics } from "./brokers.ts";
import type { Installation } from "./installation.ts";
import { type NormalSpan, normalSpans } from "./spans.ts";

export interface Traces {
  readonly result: TracedResult;
  readonly spans: readonly NormalSpan[];
}

/** Runs the program of an agent. `prefix`: the beginning of its topics' names; it is cut off in the result. */
export async function tracesOf(
  agent: Agent,
  installation: Installation,
  brokers: Brokers,
  prefix: string,
): Promise<Traces> {
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
