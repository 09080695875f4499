import type { Kafka } from "../../src/node.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Settles when all three brokers hold all of these topics: the next may go down, and none is without a leader. */
export async function inSync(kafka: Kafka, names: readonly string[]): Promise<void> {
  const admin = kafka.admin();
  for (;;) {
    const topics = await admin
      .describeTopics(names)
      .then((results) => results.orThrow())
      .catch(() => []);
    if (
      topics.length === names.length &&
      topics.every(({ partitions }) => partitions.every(({ isr }) => isr.length === 3))
    )
      return;
    await pause(200);
  }
}
