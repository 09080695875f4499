import { wholeNumber } from "../../cluster/options.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { anything, shape, signal } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";
import type { BatchSettings } from "../partition/batch-settings.ts";
import type { BatchCompression } from "../../records/batch-builder.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { CompressionType } from "../../runtime/codec.ts";

/** The settings of one call of `enqueue`: where they differ from the producer's, its record has a batch of its own. */
export interface RecordOptions {
  /**
   * As the producer's `acks`, for this record. An idempotent producer takes only `"all"`: with fewer the leader may
   * lose a record after it has acknowledged it, and its sequence numbers would have a gap. Default: the producer's.
   */
  readonly acks?: "all" | 0 | 1;
  /** As the producer's `compressionType`, for this record; levels are the producer's. Default: the producer's. */
  readonly compressionType?: CompressionType | readonly CompressionType[];
  /**
   * How long the produce request may take, in ms: for the broker, which waits for its replicas, and for the client.
   * `deliveryTimeoutMs` is not changed. Default: the producer's `requestTimeoutMs`.
   */
  readonly requestTimeoutMs?: number;
  /**
   * How long the broker may wait for the replicas that `acks` demands, in ms; then it returns an error, and the record
   * is sent again. Default: `requestTimeoutMs`, as in Java.
   */
  readonly acksTimeoutMs?: number;
}

/** The settings of one call of `send`. */
export interface SendOptions extends RecordOptions {
  /** Withdraws the record while its batch was never sent. */
  readonly signal?: AbortSignalLike;
}

/** The producer's own settings, and how it finds codecs. */
export interface SendDefaults extends BatchSettings {
  readonly isIdempotent: boolean;
  readonly compressionsFor: (types: CompressionType | readonly CompressionType[]) => readonly BatchCompression[];
}

const OPTIONS = shape(
  { acks: anything, compressionType: anything, requestTimeoutMs: anything, acksTimeoutMs: anything, signal },
  { hints: { timeoutMs: "requestTimeoutMs; a record has deliveryTimeoutMs of the producer in all" } },
);
/** How many different settings are remembered: an application that passes ever new timeouts must not fill memory. */
const MOST = 256;

/** Finds the settings of a call. The same options give the same object. */
export class SendSettingsSource {
  readonly #own: SendDefaults;
  readonly #known = new Map<string, BatchSettings>();
  #last: SendOptions | undefined;
  #lastSettings: BatchSettings | undefined;

  constructor(own: SendDefaults) {
    this.#own = own;
  }

  /** Undefined if they are the producer's own. Throws kind `config`. A frozen object is checked once. */
  of(options: SendOptions, call: string): BatchSettings | undefined {
    if (options === this.#last) return this.#lastSettings;
    OPTIONS(options, call);
    const settings = this.#of(options, call);
    if (Object.isFrozen(options)) {
      this.#last = options;
      this.#lastSettings = settings;
    }
    return settings;
  }

  #of(options: RecordOptions, call: string): BatchSettings | undefined {
    const own = this.#own;
    const { compressionType } = options;
    const acks = options.acks === undefined ? own.acks : acksOf(options.acks, `${call}: acks`);
    if (own.isIdempotent && acks !== -1)
      throw new KafkaError(
        "config",
        `${call}: acks takes only "all", not ${acks}: this producer is idempotent, and a record that not all in-sync ` +
          "replicas have can be lost, with a gap in the sequence numbers. Send it with a producer that has " +
          "enableIdempotence: false",
      );
    const requestTimeoutMs = wholeNumber(
      `${call}: requestTimeoutMs`,
      options.requestTimeoutMs,
      own.requestTimeoutMs,
      1,
    );
    const acksTimeoutMs = wholeNumber(`${call}: acksTimeoutMs`, options.acksTimeoutMs, requestTimeoutMs, 0);
    const compressions = compressionType === undefined ? own.compressions : own.compressionsFor(compressionType);
    const key = `${acks}/${requestTimeoutMs}/${acksTimeoutMs}/${compressions.map(({ type }) => type).join()}`;
    const ownKey = `${own.acks}/${own.requestTimeoutMs}/${own.acksTimeoutMs}/${own.compressions.map(({ type }) => type).join()}`;
    if (key === ownKey) return undefined;
    let settings = this.#known.get(key);
    if (settings === undefined) {
      if (this.#known.size >= MOST) this.#known.clear();
      this.#known.set(key, (settings = { acks, requestTimeoutMs, acksTimeoutMs, compressions }));
    }
    return settings;
  }
}

/** The number of `acks` in a request. Throws kind `config`. */
export function acksOf(acks: unknown, path: string): -1 | 0 | 1 {
  if (acks === "all") return -1;
  if (acks === 0 || acks === 1) return acks;
  throw new KafkaError("config", `${path} takes "all", 1 or 0, not ${inWords(acks)}`);
}
