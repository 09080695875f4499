import { nodeConnector } from "../../src/platform/node/connector.ts";
import { clusterEdges } from "./differential/cluster-edges.ts";
import { Side } from "./differential/side.ts";
import { startKafka } from "./kafka-cluster.ts";
const kafka = await startKafka({ firstNodeId: 0, properties: { "auto.create.topics.enable": "false" } });
for (const one of clusterEdges) {
  if (process.argv[2] !== undefined && !one.name.includes(process.argv[2])) continue;
  console.log("#### " + one.name);
  const side = new Side(nodeConnector(), kafka.bootstrapServers);
  await one.run(side);
  side.transcript.forEach((answer, i) => console.log(`${side.asked[i]}\n   => ${JSON.stringify(answer)}`));
  side.close();
}
await kafka.stop();
process.exit(0);
