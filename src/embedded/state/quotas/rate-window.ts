/** The number of samples of a window. Kafka: `quota.window.num`. */
export const SAMPLES = 11;
/** The length of a sample in ms. Kafka: `quota.window.size.seconds`, 1. */
export const SAMPLE_MS = 1000;

interface Sample {
  startMs: number;
  lastMs: number;
  sum: number;
}

/**
 * The rate of bytes or connections over the last 11 samples of a second, as Kafka measures it. A sample begins with the
 * first value after the previous sample is full, so a client that pauses has samples with gaps between them. While
 * there are fewer samples the window still counts as 10 seconds long, so that a client may begin with a burst.
 */
export class RateWindow {
  readonly #samples: Sample[] = [];
  #current = 0;

  /** Adds a value. A negative one takes back an earlier value. */
  record(value: number, nowMs: number): void {
    this.#forget(nowMs);
    let sample = this.#currentSample(nowMs);
    if (nowMs - sample.startMs >= SAMPLE_MS) sample = this.#next(nowMs);
    sample.sum += value;
    sample.lastMs = nowMs;
  }

  /** How long the client must pause so that its rate is at most `perSecond` again, in ms; 0 if it need not. */
  throttleMs(perSecond: number, nowMs: number): number {
    this.#forget(nowMs);
    let sum = 0;
    for (const sample of this.#samples) sum += sample.sum;
    const lengthMs = this.#lengthMs(nowMs);
    const rate = (sum * 1000) / lengthMs;
    return rate <= perSecond ? 0 : Math.round(((rate - perSecond) / perSecond) * lengthMs);
  }

  /** Whether the window is empty, because nothing was recorded for 11 seconds. */
  isIdle(nowMs: number): boolean {
    return this.#samples.every(({ lastMs }) => nowMs - lastMs >= SAMPLES * SAMPLE_MS);
  }

  #lengthMs(nowMs: number): number {
    let firstMs = nowMs;
    for (const { startMs } of this.#samples) firstMs = Math.min(firstMs, startMs);
    const elapsedMs = nowMs - firstMs;
    const missing = Math.max(0, SAMPLES - 1 - Math.floor(elapsedMs / SAMPLE_MS));
    return Math.max(1, elapsedMs + missing * SAMPLE_MS);
  }

  /** Empties the samples that are older than the window. */
  #forget(nowMs: number): void {
    for (const sample of this.#samples) if (nowMs - sample.lastMs >= SAMPLES * SAMPLE_MS) empty(sample, nowMs);
  }

  #currentSample(nowMs: number): Sample {
    return (this.#samples[this.#current] ??= { startMs: nowMs, lastMs: nowMs, sum: 0 });
  }

  /** Kafka keeps one sample more than the window has, because the oldest one lies only partly in it. */
  #next(nowMs: number): Sample {
    this.#current = (this.#current + 1) % (SAMPLES + 1);
    const sample = this.#currentSample(nowMs);
    empty(sample, nowMs);
    return sample;
  }
}

function empty(sample: Sample, nowMs: number): void {
  sample.startMs = nowMs;
  sample.lastMs = nowMs;
  sample.sum = 0;
}
