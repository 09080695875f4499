// The clusters that the proofs run on: the embedded one over TCP, and a real Kafka.
import { EmbeddedCluster } from "../../src/embedded.ts";
import { Kafka } from "../../src/node.ts";
import { startKafka } from "../kafka/kafka-cluster.ts";

export interface Brokers {
  readonly name: string;
  readonly bootstrapServers: string;
  readonly kafka: Kafka;
  stop(): Promise<void>;
}

export async function embeddedBrokers(): Promise<Brokers> {
  const cluster = await EmbeddedCluster.start({
    brokers: 3,
    ports: [0, 0, 0],
    groups: { initialRebalanceDelayMs: 100 },
  });
  return withKafka("the embedded cluster", cluster.bootstrapServers, () => cluster.close());
}

export async function realBrokers(): Promise<Brokers> {
  const cluster = await startKafka({ brokers: 3, properties: { "group.initial.rebalance.delay.ms": "100" } });
  return withKafka("a real Kafka", cluster.bootstrapServers, () => cluster.stop());
}

function withKafka(name: string, bootstrapServers: string, stop: () => Promise<unknown>): Brokers {
  const kafka = new Kafka({ bootstrapServers });
  return {
    name,
    bootstrapServers,
    kafka,
    async stop() {
      await kafka.close();
      await stop();
    },
  };
}

/** Makes topics of a proof, each with `numPartitions`. */
export async function makeTopics({ kafka }: Brokers, topics: readonly string[], numPartitions = 3): Promise<void> {
  (await kafka.admin().createTopics(topics.map((topic) => ({ topic, numPartitions })))).orThrow();
}
