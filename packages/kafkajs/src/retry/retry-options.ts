/** kafkajs's options of retries, all of them set. Times are in ms. */
export interface RetrySettings {
  /** The longest wait between two tries. */
  readonly maxRetryTime: number;
  /** The wait after the first failure, before jitter. */
  readonly initialRetryTime: number;
  /** The part by which jitter lengthens or shortens a wait. */
  readonly factor: number;
  /** The factor from one wait to the next. */
  readonly multiplier: number;
  /** The number of tries after the first. */
  readonly retries: number;
}

/** kafkajs's defaults. */
export const RETRY_DEFAULTS: RetrySettings = {
  maxRetryTime: 30_000,
  initialRetryTime: 300,
  factor: 0.2,
  multiplier: 2,
  retries: 5,
};

/** `given` over the defaults. Members that are undefined count as absent. */
export function retrySettings(given: Partial<RetrySettings> = {}): RetrySettings {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...RETRY_DEFAULTS, ...Object.fromEntries(set) };
}
