// The types of lag, health, resetOffsets, groupLag and waitForTopics.
import type { KafkaError } from "../../src/node.ts";
import { Kafka, type ConsumerHealth, type GroupLag, type OffsetReset } from "../../src/node.ts";

declare function use(...values: readonly unknown[]): void;

const kafka = new Kafka({ bootstrapServers: "localhost:9092" });
const consumer = kafka.consumer({ topics: ["orders"] });
const health: ConsumerHealth = consumer.health({ stuckAfterMs: 1000 });
const since: number | undefined = health.partitions[0]?.sinceAskedMs;
use(since);
// @ts-expect-error an option that does not exist
consumer.health({ stuckAfter: 1000 });
// @ts-expect-error a consumer's health is read only
health.healthy = true;
const { maxLagMs } = await consumer.lag({ inTime: true });
use(maxLagMs);
// @ts-expect-error it may be unknown
const surely: number = maxLagMs;
use(surely);

const admin = kafka.admin();
const reset: OffsetReset | KafkaError | undefined = (
  await admin.resetOffsets("billing", { to: { shift: -1 }, topics: ["orders", { topic: "paid", partitions: [0] }] })
).get({ topic: "orders", partition: 0 });
use(reset);
// @ts-expect-error it must say where to
void admin.resetOffsets("billing", {});
// @ts-expect-error a place that does not exist
void admin.resetOffsets("billing", { to: "first" });
// @ts-expect-error it needs options
void admin.resetOffsets("billing");
const lag: GroupLag = await admin.groupLag("billing", { isolationLevel: "read_committed" });
use(lag);
await admin.waitForTopics(["orders"], { partitions: 2 });
// @ts-expect-error a list of names
void admin.waitForTopics("orders");
