// node build/test/kafka/start.js [1|3]: starts a cluster, prints its address, and keeps it until Ctrl-C.
import { startKafka } from "./kafka-cluster.ts";

const kafka = await startKafka({ brokers: process.argv[2] === "3" ? 3 : 1 });
console.log(`bootstrap servers: ${kafka.bootstrapServers}`);
const stop = (): void => void kafka.stop().then(() => process.exit(0));
process.once("SIGINT", stop);
process.once("SIGTERM", stop);
