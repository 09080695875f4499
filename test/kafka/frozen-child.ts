// A producer that sends one record for each line of its input, as a serverless function does for each invocation.
// Prints the offset, the duration in ms, and how many connections were opened so far.
import { createInterface } from "node:readline";
import { Kafka, nodeConnector } from "../../src/node.ts";

const [, , bootstrapServers = "", topic = ""] = process.argv;
const direct = nodeConnector();
let connections = 0;
const kafka = new Kafka({
  bootstrapServers,
  connector: {
    ...direct,
    connect: (...call) => {
      connections++;
      return direct.connect(...call);
    },
  },
});
const producer = kafka.producer();
for await (const value of createInterface(process.stdin)) {
  const fromMs = performance.now();
  const { offset } = await producer.send({ topic, partition: 0, value });
  process.stdout.write(`${JSON.stringify({ offset, ms: Math.round(performance.now() - fromMs), connections })}\n`);
}
await kafka.close();
