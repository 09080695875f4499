import { KafkaError } from "../../errors/kafka-error.ts";
import type { ConsumerOptions } from "../../index.ts";
import { Random } from "../../simulation/random.ts";
import type { World } from "../../simulation/world.ts";
import { idOf, recordDigest } from "./record-digest.ts";
import { type Client, recordedClose } from "./recorded-close.ts";

/** Longer than a close waits for handlers. */
const LONGEST_WORK_MS = 40_000;

/** Reads a topic with slow handlers, and closes the client while they work. */
export async function closeEarly(
  world: World,
  client: Client,
  options: ConsumerOptions,
  untilMs: number,
): Promise<void> {
  const { name } = client.node;
  const random = Random.keyed(world.seed, `close/${name}`);
  const consumer = client.kafka.consumer({
    ...options,
    onPositionReset: ({ topic, partition }) =>
      world.record({ type: "seek", atMs: world.nowMs, node: name, consumer: name, topic, partition }),
  });
  const running = consumer
    .run({
      concurrency: random.between(1, 4),
      eachRecord: async ({ topic, partition, offset, key, value, headers }) => {
        const digest = recordDigest(key, value, headers);
        const at = { atMs: world.nowMs, node: name, consumer: name };
        world.record({ type: "deliver", ...at, id: idOf(value), topic, partition, offset, digest });
        if (random.below(20) === 0) await world.sleep(random.between(1, LONGEST_WORK_MS));
      },
    })
    .catch((error: unknown) => {
      const { kind, code, message } = KafkaError.from(error);
      // A fault may make a broker return an error that ends reading.
      if (kind !== "closed" && code === undefined)
        world.record({ type: "failure", atMs: world.nowMs, node: name, message: `run of ${name} ended: ${message}` });
    });
  await world.sleep(random.between(500, untilMs));
  await recordedClose(world, client);
  await running;
}
