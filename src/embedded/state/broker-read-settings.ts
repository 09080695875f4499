import { type ReadSettings, readSettings } from "../../records/read-settings.ts";

/**
 * The size of Java's largest array. Kafka limits the compressed size of a batch (`max.message.bytes`), but not its
 * decompressed size.
 */
const MOST_BYTES = 2_147_483_647;

/** The settings with which a broker reads batches whose CRC it has checked, or which it has written itself. */
export function brokerReadSettings(topic = "", partition = -1): ReadSettings {
  return readSettings({ checkCrcs: false, maxDecompressedBytes: MOST_BYTES, topic, partition });
}
