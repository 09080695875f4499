// Prints, as one JSON object, the channels and contexts that a tracing agent sees on this host. It runs on each runtime
// (engines-tracing.test.ts).
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, tracingChannel } from "node:diagnostics_channel";
import { EmbeddedCluster } from "../../src/embedded.ts";
import type { ProcessTrace, SendTrace } from "../../src/hooks/traces.ts";
import { Kafka } from "../../src/node.ts";

/** The channels and contexts that were seen. */
export interface TracingReport {
  /** The steps that were published, by channel. */
  readonly steps: Readonly<Record<string, readonly string[]>>;
  /** The contexts in which the callback of `run` ran, before and after a wait. */
  readonly contexts: readonly string[];
  /** The contexts of the callbacks of `send`. */
  readonly callbacks: readonly string[];
  /** Names of hooks whose channels have published. */
  readonly hooks: readonly string[];
}

const steps: Record<string, string[]> = { send: [], process: [], commit: [] };
for (const [name, seen] of Object.entries(steps))
  for (const step of ["start", "end", "asyncStart", "asyncEnd", "error"])
    subscribe(`tracing:odradek:${name}:${step}`, () => seen.push(step));
const hooks: string[] = [];
for (const name of ["batchAcknowledged", "recordAcknowledged", "offsetsCommitted"])
  subscribe(`odradek:${name}`, () => hooks.push(name));
subscribe("tracing:odradek:send:start", (message) => {
  (message as SendTrace).headers.push(["traceparent", "the-span"]);
});
const storage = new AsyncLocalStorage<string>();
tracingChannel<string>("odradek:process").start.bindStore(storage, (message) => {
  const [, value] = (message as unknown as ProcessTrace).record?.headers[0] ?? [];
  return value === undefined || value === null ? "no header" : new TextDecoder().decode(value);
});
const here = (): string => storage.getStore() ?? "none";

const cluster = await EmbeddedCluster.start({ topics: { t: 1 }, groups: { initialRebalanceDelayMs: 0 } });
const kafka = new Kafka({ cluster });
const callbacks: string[] = [];
const producer = kafka.producer({
  onDelivery: () => callbacks.push(`onDelivery in ${here()}`),
  partitioner: () => {
    callbacks.push(`partitioner in ${here()}`);
    return 0;
  },
  interceptors: [{ onAcknowledgement: () => callbacks.push(`onAcknowledgement in ${here()}`) }],
});
await storage.run("the caller", () => producer.send({ topic: "t", value: "v" }));
const consumer = kafka.consumer({ groupId: "g", topics: ["t"] });
const contexts: string[] = [];
await consumer.run({
  eachRecord: async () => {
    contexts.push(here());
    await kafka.runtime.delayFor(1);
    contexts.push(here());
    void consumer.close({ timeoutMs: 5000 });
    await kafka.runtime.delayFor(1);
  },
});
await consumer.close();
await kafka.close();
await cluster.close();
const report: TracingReport = { steps, contexts, callbacks: callbacks.sort(), hooks: [...new Set(hooks)].sort() };
console.log(JSON.stringify(report));
