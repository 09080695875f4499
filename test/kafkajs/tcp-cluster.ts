// An embedded cluster on TCP, for the same program with kafkajs and with the drop-in. Time is real here.
import type * as KafkaJs from "kafkajs";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { shipped, theirs } from "./real-kafkajs.ts";

/** A module: kafkajs, or the drop-in. */
export type Module = Pick<typeof KafkaJs, "Kafka">;

/** The surroundings of a program. */
export interface TcpWorld {
  readonly brokers: string[];
  readonly cluster: EmbeddedCluster;
  /** `new Kafka` that logs nothing. */
  kafka(module: Module): KafkaJs.Kafka;
  /** Writes `count` messages to a partition of `orders`; their values go on from call to call. */
  send(partition: number, count: number): Promise<void>;
}

/** Both, by name. */
export const MODULES: readonly (readonly [name: string, module: Module])[] = [
  ["kafkajs", theirs],
  ["the drop-in", shipped],
];

/** Waits, in real time. */
export const pause = (ms = 10): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `isSo`. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause();
}

/** Runs `body` with a cluster that has the topic `orders`. */
export async function onTcp<T>(partitions: number, body: (world: TcpWorld) => Promise<T>): Promise<T> {
  const groups = { initialRebalanceDelayMs: 0 };
  const cluster = await EmbeddedCluster.start({ host: "127.0.0.1", topics: { orders: partitions }, groups });
  const brokers = cluster.bootstrapServers.split(",");
  const kafka = ({ Kafka }: Module): KafkaJs.Kafka => new Kafka({ brokers, logCreator: () => () => undefined });
  process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1";
  const producer = kafka(theirs).producer();
  let sent = 0;
  await producer.connect();
  try {
    return await body({
      brokers,
      cluster,
      kafka,
      send: async (partition, count) => {
        const messages = Array.from({ length: count }, () => ({
          partition,
          key: `k${sent}`,
          value: String(sent),
          headers: { h: "1" },
          timestamp: String(1_700_000_000_000 + sent++),
        }));
        await producer.send({ topic: "orders", messages });
      },
    });
  } finally {
    await producer.disconnect();
    await cluster.close();
  }
}
