import { isPromiseOfNobody } from "../../cluster/user-callback.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { KafkaRecord } from "../../records/record.ts";
import type { Utf8 } from "../../runtime/utf8.ts";
import type { Serde } from "../../serdes/serde.ts";

/**
 * Deserialises key and value of a record, once, just before it is delivered. Undefined if there is no serde: then a
 * record costs nothing until its key or value is read.
 */
export function recordDecoder<K, V>(
  key: Serde<K> | undefined,
  value: Serde<V> | undefined,
  utf8: Utf8,
): ((record: KafkaRecord<K | null, V | null>) => void) | undefined {
  if (key === undefined && value === undefined) return undefined;
  const decode = <T>(
    serde: Serde<T> | undefined,
    bytes: Uint8Array | null,
    field: string,
    record: KafkaRecord<K | null, V | null>,
  ): T | null => {
    // Without a serde the type is that of the bytes.
    if (serde === undefined || bytes === null) return bytes as T | null;
    const { topic } = record;
    let made: T;
    try {
      const context = {
        topic,
        utf8,
        get headers() {
          return record.headers; // decoded only for a serde that reads them
        },
      };
      made = serde.deserialize(bytes, context);
    } catch (error) {
      const { partition, offset } = record;
      throw new KafkaError(
        "serialization",
        `the ${field} of the record at ${topic}-${partition} offset ${offset} cannot be deserialised: ` +
          KafkaError.from(error).message,
        { cause: error, topic, partition, offset },
      );
    }
    // Kind config, because the serde is wrong and not the record: no policy may skip the record for it.
    if (typeof made === "object" && made !== null && isPromiseOfNobody(made)) {
      throw new KafkaError(
        "config",
        `the ${field}'s serde returned a promise from deserialize, which must be synchronous: fetch what it needs in ` +
          "prepareRead, which the consumer waits for once for a batch",
        { topic },
      );
    }
    return made;
  };
  return (record) => {
    record.decoded(decode(key, record.keyBytes, "key", record), decode(value, record.valueBytes, "value", record));
  };
}
