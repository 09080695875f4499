/** How long to wait before the next try. */
export interface BackoffOptions {
  /** The wait after the first failure, in ms. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** How many tries have failed, from 0. */
  readonly attempt: number;
  /** 0 ≤ random < 1. */
  readonly random: number;
}

/**
 * Exponential backoff with a jitter of ±20 % (KIP-580), as whole milliseconds. Doubled by addition: `**` differs
 * between engines.
 */
export function backoffMs(options: BackoffOptions): number {
  let ms = options.baseMs;
  for (let i = 0; i < options.attempt && ms > 0 && ms < options.maxMs; i++) ms += ms;
  ms = Math.min(ms, options.maxMs);
  return Math.max(0, Math.floor(ms * (0.8 + 0.4 * options.random)));
}
