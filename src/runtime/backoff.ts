/** Options of {@link backoffMs}. */
export interface BackoffOptions {
  /** The wait after the first failure, in ms. */
  readonly baseMs: number;
  /** The longest wait, in ms, before jitter. */
  readonly maxMs: number;
  /** The number of earlier failures, from 0. */
  readonly attempt: number;
  /** 0 ≤ random < 1. */
  readonly random: number;
}

/**
 * Exponential backoff with a jitter of ±20 % (KIP-580), in whole milliseconds. It doubles by addition, because `**`
 * differs between engines.
 */
export function backoffMs(options: BackoffOptions): number {
  let ms = options.baseMs;
  for (let i = 0; i < options.attempt && ms > 0 && ms < options.maxMs; i++) ms += ms;
  ms = Math.min(ms, options.maxMs);
  return Math.max(0, Math.floor(ms * (0.8 + 0.4 * options.random)));
}
