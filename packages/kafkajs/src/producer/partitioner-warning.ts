import type { Host } from "../host.ts";
import type { Logger } from "../logging/logger.ts";

const TEXT =
  "KafkaJS v2.0.0 switched default partitioner. To retain the same partitioning behavior as in previous versions, " +
  'create the producer with the option "createPartitioner: Partitioners.LegacyPartitioner". See the migration guide at ' +
  "https://kafka.js.org/docs/migration-guide-v2.0.0#producer-new-default-partitioner for details. Silence this " +
  'warning by setting the environment variable "KAFKAJS_NO_PARTITIONER_WARNING=1"';

/** Warns, once a process, of a producer that was made without `createPartitioner`. */
export function warnOfPartitioner({ environment, process }: Host, logger: Logger): void {
  if (process.warned.has("partitioner")) return;
  process.warned.add("partitioner");
  if (environment("KAFKAJS_NO_PARTITIONER_WARNING") === undefined) logger.warn(TEXT);
}
