import type { Settle } from "../partition/batch.ts";
import type { BatchSettings } from "../partition/batch-settings.ts";
import type { ProducerCounters } from "../sending/ledger.ts";
import type { Accumulator } from "./accumulator.ts";
import type { RecordParts } from "./packed-record.ts";
import type { SampledClock } from "./sampled-clock.ts";

/** Appends accepted records to the accumulator, with the time. */
export class RecordAppender {
  readonly #clock: SampledClock;
  readonly #counters: ProducerCounters;
  readonly #accumulator: Accumulator;

  constructor(clock: SampledClock, counters: ProducerCounters, accumulator: Accumulator) {
    this.#clock = clock;
    this.#counters = counters;
    this.#accumulator = accumulator;
  }

  /** Appends a record that has taken its room. */
  append(p: RecordParts, settle: Settle | undefined): void {
    this.#clock.read();
    this.#counters.accepted++;
    this.#accumulator.append(
      p.topic,
      p.partition,
      p.key,
      p.value,
      p.headers,
      p.timestamp < 0 ? this.#clock.nowMs : p.timestamp,
      this.#clock.monotonicMs,
      p.bytes,
      settle,
    );
  }

  /** The same for a record that may have settings of its own. */
  appendWith(p: RecordParts, settings: BatchSettings | undefined, settle: Settle | undefined): void {
    if (settings !== undefined) this.#accumulator.use(settings);
    this.append(p, settle);
    if (settings !== undefined) this.#accumulator.use(undefined);
  }
}
