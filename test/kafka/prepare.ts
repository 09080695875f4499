// Runs before several test files start brokers at once: fetches Kafka, and archives the classes of a broker.
import { hasArchive, writesArchive } from "./class-archive.ts";
import { kafkaJars } from "./jars.ts";
import { startKafka } from "./kafka-cluster.ts";

export async function prepareKafka(): Promise<void> {
  const jars = kafkaJars();
  if (hasArchive(jars)) return;
  const { options, written } = writesArchive(jars);
  const cluster = await startKafka({ javaOptions: options });
  await cluster.brokers[0]?.shutDown();
  written();
  await cluster.stop();
}
