import { type ReadSettings, readSettings } from "../../records/read-settings.ts";

/**
 * Java's largest array. Kafka bounds the compressed size of a batch (`max.message.bytes`), and not what it decompresses
 * to.
 */
const MOST_BYTES = 2_147_483_647;

/** How a broker reads batches whose CRC it has checked, or has written itself. */
export function brokerReadSettings(topic = "", partition = -1): ReadSettings {
  return readSettings({ checkCrcs: false, maxDecompressedBytes: MOST_BYTES, topic, partition });
}
