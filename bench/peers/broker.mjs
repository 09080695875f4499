// The broker that the clients are measured on.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./folders.mjs";
import { securedListeners } from "./secured.mjs";

/**
 * A real Apache Kafka of one broker, with secured listeners beside the plain one (`secured`); or one at `bootstrap`
 * that runs already and whose process is not known.
 */
export async function startBroker(bootstrap) {
  if (bootstrap !== undefined) return { bootstrap, brokerPid: undefined, stop: () => undefined };
  const { startKafka } = await import(join(root, "build", "test", "kafka", "kafka-cluster.js"));
  const { giveBack, takePorts } = await import(join(root, "build", "test", "kafka", "free-ports.js"));
  const folder = mkdtempSync(join(tmpdir(), "odradek-bench-"));
  const ports = await takePorts(2);
  const { properties, secured } = await securedListeners(folder, ports);
  const kafka = await startKafka({
    heapMb: 1024,
    properties: (node) => ({
      "message.max.bytes": "16777216",
      "socket.request.max.bytes": "209715200",
      ...properties(node),
    }),
  });
  const stop = async () => {
    await kafka.stop();
    giveBack(ports);
    rmSync(folder, { recursive: true });
  };
  return { bootstrap: kafka.bootstrapServers, brokerPid: kafka.brokers[0].pid, secured, stop };
}
