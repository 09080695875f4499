// What tests of the drop-in's consumer share.
import type { Consumer } from "../../packages/kafkajs/src/api.ts";
import type { KafkaJsWorld } from "./world.ts";

/** Writes values `first`, `first + 1`, … to a partition. */
export async function write(
  { world }: KafkaJsWorld,
  topic: string,
  partition: number,
  count: number,
  first = 0,
): Promise<void> {
  const producer = world.kafka.producer();
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      producer.send({ topic, partition, key: `k${first + i}`, value: String(first + i) }),
    ),
  );
  await producer.close();
}

/** The names of a consumer's events, in order, without their prefix; `leave` are not collected. */
export function eventsOf(consumer: Consumer, leave: readonly string[] = NOISE): string[] {
  const seen: string[] = [];
  for (const [key, name] of Object.entries(consumer.events))
    if (!leave.includes(key)) consumer.on(name, () => void seen.push(key));
  return seen;
}

/** Events that come again and again. */
export const NOISE = ["HEARTBEAT", "FETCH", "FETCH_START", "REQUEST", "REQUEST_TIMEOUT", "REQUEST_QUEUE_SIZE"] as const;

/** Waits until `isSo`, in virtual time; fails after a minute. */
export async function until({ wait }: KafkaJsWorld, isSo: () => boolean, what = "it"): Promise<void> {
  for (let i = 0; i < 6000; i++) {
    if (isSo()) return;
    await wait(10);
  }
  throw new Error(`${what} has not come to be in a minute`);
}
