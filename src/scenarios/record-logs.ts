import { KafkaError } from "../errors/kafka-error.ts";
import type { KafkaRecord } from "../index.ts";
import type { World } from "../simulation/world.ts";
import { clientOn } from "./client-scenario.ts";
import { recordId } from "./record-id.ts";

/** Which partitions are read, and for how long. */
export interface LogReading {
  readonly topics: readonly string[];
  readonly isolationLevel?: "read_committed" | "read_uncommitted";
  /** How long the client reads, in ms of virtual time: longer than it needs without faults. */
  readonly durationMs: number;
}

/** Records the content of partitions at the end, read by a client on a node that no fault has affected. */
export async function recordLogs(world: World, { durationMs, ...options }: LogReading): Promise<void> {
  const node = world.node("verifier");
  const kafka = clientOn(node);
  const stop = world.sleep(durationMs).then(() => kafka.close());
  try {
    for await (const record of kafka.consumer(options)) recordLogEntry(world, record);
  } catch (error) {
    if (!KafkaError.is(error) || error.kind !== "closed") throw error;
  }
  await stop;
}

/** Records one record of a partition. Its value serves as its digest, because the scenarios' values are short. */
export function recordLogEntry(world: World, { topic, partition, offset, value, timestamp }: KafkaRecord): void {
  const id = recordId(value);
  world.record({
    type: "log",
    atMs: world.nowMs,
    node: "verifier",
    id,
    topic,
    partition,
    offset,
    digest: id,
    timestamp,
  });
}
