import { nodeConnector } from "../../src/platform/node/connector.ts";
import { askThree } from "./differential/three-brokers.ts";
import { Side } from "./differential/side.ts";
import { startKafka } from "./kafka-cluster.ts";
const kafka = await startKafka({ brokers: 3, firstNodeId: 0, properties: { "auto.create.topics.enable": "false", "auto.leader.rebalance.enable": "false","min.insync.replicas": "1", "broker.session.timeout.ms": "9000" } });
const side = new Side(nodeConnector(), kafka.bootstrapServers.split(",")[0]!);
const show = (): void => { side.transcript.forEach((answer, i) => console.log(`${side.asked[i]}\n   => ${JSON.stringify(answer)}`)); };
const t = setTimeout(() => { show(); void kafka.stop().then(() => process.exit(1)); }, 70_000);
try {
await askThree({ side, freeze: async (id) => kafka.brokers[id]?.pause(), thaw: async (id) => kafka.brokers[id]?.resume(), stop: async (id) => kafka.brokers[id]?.kill(), start: async (id) => kafka.brokers[id]?.restart() });
} catch (e) { console.log(e); }
clearTimeout(t);
show();
await kafka.stop();
process.exit(0);
