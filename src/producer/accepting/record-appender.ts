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

  /** Appends a record that has taken its room; with settings of its own, if they are given. */
  append(p: RecordParts, settings: BatchSettings | undefined, settle: Settle | undefined): void {
    this.#clock.read();
    this.#counters.accepted++;
    if (settings !== undefined) this.#accumulator.use(settings);
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
    if (settings !== undefined) this.#accumulator.use(undefined);
  }
}
