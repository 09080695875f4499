import type { Labels, Sample } from "./text-format.ts";

/**
 * The upper bounds of the buckets, in seconds: from an answer within a millisecond to the default limit of a request.
 */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** A histogram of times with fixed buckets. To record a time it allocates nothing. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** The number of times in each bucket, the last without a bound. */
  readonly #counts: Float64Array;
  /** The sum, in a typed array: a field would hold a new object for each sum. */
  readonly #sum: Float64Array = new Float64Array(1);

  constructor(boundsInSeconds: readonly number[]) {
    this.#bounds = boundsInSeconds;
    this.#counts = new Float64Array(boundsInSeconds.length + 1);
  }

  /** Records a time in ms. */
  record(ms: number): void {
    const seconds = ms > 0 ? ms / 1000 : 0;
    let bucket = 0;
    while (bucket < this.#bounds.length && seconds > (this.#bounds[bucket] as number)) bucket++;
    (this.#counts[bucket] as number)++;
    (this.#sum[0] as number) += seconds;
  }

  /** The series: a count of times for each bound and all below it, the sum and the number of all. */
  samples(labels: Labels): readonly Sample[] {
    let count = 0;
    const buckets = [...this.#counts].map((here, i) => {
      count += here;
      const le = i < this.#bounds.length ? String(this.#bounds[i]) : "+Inf";
      return { suffix: "_bucket", labels: { ...labels, le }, value: count };
    });
    const sum = { suffix: "_sum", labels, value: this.#sum[0] as number };
    return [...buckets, sum, { suffix: "_count", labels, value: count }];
  }
}
