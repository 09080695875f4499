// Bundled and run in a bare vm context by bare-vm.test.ts: client, embedded cluster and simulated platform, and no host
// at all.
import { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import { Kafka } from "../../src/kafka.ts";
import { simulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { utf8Decode } from "../../src/wire/utf8.ts";

/** Makes a round trip in virtual time. Returns the received records, the tasks that are left, and the trace. */
export async function roundTrip(seed: number, count: number, drain: () => PromiseLike<void>): Promise<string> {
  const platform = simulatedPlatform({ seed, drain });
  const { runtime, clock, entropy, listener, connector } = platform;
  const texts = await platform.run(async () => {
    const cluster = await EmbeddedCluster.start(
      { brokers: 3, topics: { t: 3 } },
      { runtime, clock, entropy, listener, connector },
    );
    const kafka = new Kafka<SimulatedRuntime>(
      { cluster: { bootstrapServers: cluster.bootstrapServers, connector }, runtime },
      platform,
    );
    const producer = kafka.producer({ compressionType: "gzip" });
    for (let i = 0; i < count; i++) producer.enqueue({ topic: "t", key: `k${i}`, value: `ö ${i}` });
    await producer.close();
    const seen: string[] = [];
    for await (const record of kafka.consumer({ topics: ["t"] })) {
      seen.push(record.value === null ? "null" : utf8Decode(record.value));
      if (seen.length === count) break;
    }
    await kafka.close();
    await cluster.close();
    return seen;
  });
  return JSON.stringify({
    count: new Set(texts).size,
    first: texts.includes("ö 0"),
    tasks: runtime.tasks,
    delays: runtime.delays,
    hash: platform.scheduler.traceHash,
    ms: Math.round(clock.monotonic()),
  });
}
