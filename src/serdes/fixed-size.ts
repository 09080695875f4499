import { counted } from "../errors/counted.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { typeInWords } from "../errors/words.ts";
import type { Serde } from "./serde.ts";

/** The format of a type with a fixed number of bytes, big-endian as Java writes them. */
export interface FixedSizeFormat<T> {
  /** The name of the serde's function, for errors. */
  readonly name: string;
  readonly sizeBytes: number;
  /** The accepted values, in words. */
  readonly takes: string;
  /** Whether a value can be written. */
  readonly accepts: (value: unknown) => value is T;
  readonly write: (view: DataView, value: T) => void;
  readonly read: (view: DataView) => T;
}

/** A serde of such a type. It throws kind `serialization` for other values, and for bytes of another length. */
export function fixedSize<T>({ name, sizeBytes, takes, accepts, write, read }: FixedSizeFormat<T>): Serde<T> {
  return {
    serialize: (value, { topic }) => {
      if (!accepts(value))
        throw new KafkaError("serialization", `${name} takes ${takes}, not ${typeInWords(value)}`, { topic });
      const bytes = new Uint8Array(sizeBytes);
      write(new DataView(bytes.buffer), value);
      return bytes;
    },
    deserialize: (bytes, { topic }) => {
      if (bytes.length !== sizeBytes) {
        const expected = counted(sizeBytes, "byte");
        throw new KafkaError("serialization", `${name} reads ${expected}, but there are ${bytes.length}`, { topic });
      }
      return read(new DataView(bytes.buffer, bytes.byteOffset, sizeBytes));
    },
  };
}

/** Whether a value is a whole number within these bounds, both included. */
export function isWholeWithin(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
