import type { RecordOptions } from "odradek";
import { KafkaJSNotImplemented } from "../errors/other-errors.ts";
import type { SendSettings } from "./send-arguments.ts";

const COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
/** How many different settings are remembered. */
const MOST = 64;
const MAX_INT32 = 2_147_483_647;

/**
 * The options of a call for Odradek. Calls with the same settings get the same frozen object, which Odradek checks only
 * once.
 */
export class RecordOptionsSource {
  readonly #known = new Map<string, RecordOptions>();
  #last: { readonly settings: Required<Nullish<SendSettings>>; readonly options: RecordOptions } | undefined;

  /** Throws `KafkaJSNotImplemented` for a compression that there is not. */
  of({ acks, timeout, compression }: SendSettings): RecordOptions {
    const last = this.#last;
    if (
      last !== undefined &&
      last.settings.acks === acks &&
      last.settings.timeout === timeout &&
      last.settings.compression === compression
    )
      return last.options;
    const key = `${acks}/${timeout}/${compression}`;
    let options = this.#known.get(key);
    if (options === undefined) {
      if (this.#known.size >= MOST) this.#known.clear();
      this.#known.set(key, (options = Object.freeze(recordOptions({ acks, timeout, compression }))));
    }
    this.#last = { settings: { acks, timeout, compression }, options };
    return options;
  }
}

type Nullish<T> = { readonly [K in keyof T]: T[K] | undefined };

function recordOptions({ acks, timeout, compression }: SendSettings): RecordOptions {
  const type = COMPRESSIONS[compression ?? 0];
  if (type === undefined) throw new KafkaJSNotImplemented(`Compression ${compression} not implemented`);
  return {
    acks: acks === 0 || acks === 1 ? acks : "all",
    ...(type === "none" ? {} : { compressionType: type }),
    // kafkajs writes it as it is; the broker takes a whole number from 0.
    ...(timeout === undefined
      ? {}
      : { acksTimeoutMs: Math.min(Math.max(Math.trunc(Number(timeout)) || 0, 0), MAX_INT32) }),
  };
}
