// The broker that the clients are measured on.
import { join } from "node:path";
import { root } from "./folders.mjs";

/** A real Apache Kafka of one broker, or one at `bootstrap` that runs already and whose process is not known. */
export async function startBroker(bootstrap) {
  if (bootstrap !== undefined) return { bootstrap, brokerPid: undefined, stop: () => undefined };
  const { startKafka } = await import(join(root, "build", "test", "kafka", "kafka-cluster.js"));
  const kafka = await startKafka({
    heapMb: 1024,
    properties: { "message.max.bytes": "16777216", "socket.request.max.bytes": "209715200" },
  });
  return { bootstrap: kafka.bootstrapServers, brokerPid: kafka.brokers[0].pid, stop: () => kafka.stop() };
}
