import { KafkaError } from "../errors/kafka-error.ts";
import { fixedSize } from "./fixed-size.ts";
import type { Serde } from "./serde.ts";

/**
 * True and false as one byte: 1 and 0. Throws kind `serialization` for other values and other bytes, and for a wrong
 * length. Java: `BooleanSerializer`, `BooleanDeserializer`.
 */
export function boolean(): Serde<boolean> {
  return fixedSize<boolean>({
    name: "boolean()",
    sizeBytes: 1,
    takes: "true or false",
    accepts: (value): value is boolean => typeof value === "boolean",
    write: (view, value) => view.setUint8(0, value ? 1 : 0),
    read: (view) => {
      const byte = view.getUint8(0);
      if (byte > 1) throw new KafkaError("serialization", `boolean() reads a byte of 0 or 1, not ${byte}`);
      return byte === 1;
    },
  });
}
