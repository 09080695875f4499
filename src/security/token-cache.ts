import type { Token } from "./token.ts";

/** When a token is replaced. The names and defaults are Java's `sasl.login.refresh.*`. */
export interface RefreshOptions {
  /** The part of the token's life after which it is replaced. Default 0.8. */
  readonly loginRefreshWindowFactor: number;
  /** A random part of the life, up to this, is added. Default 0.05. */
  readonly loginRefreshWindowJitter: number;
  /** The shortest time between two refreshes. Default 60. */
  readonly loginRefreshMinPeriodSeconds: number;
  /** A token is replaced at least this long before it ends. Default 300. */
  readonly loginRefreshBufferSeconds: number;
}

/** Java's defaults. */
export const REFRESH_DEFAULTS: RefreshOptions = {
  loginRefreshWindowFactor: 0.8,
  loginRefreshWindowJitter: 0.05,
  loginRefreshMinPeriodSeconds: 60,
  loginRefreshBufferSeconds: 300,
};

/** Java waits this long after a failed refresh. */
const AFTER_FAILURE_MS = 10_000;

/** The token of a client, and when to replace it. It only decides: it fetches nothing and does not wait. */
export class TokenCache {
  readonly #options: RefreshOptions;
  #token: Token | undefined;
  #refreshAtMs = 0;

  constructor(options: RefreshOptions) {
    this.#options = options;
  }

  /** When the token is to be replaced; undefined if there is none. */
  get refreshAtMs(): number | undefined {
    return this.#token === undefined ? undefined : this.#refreshAtMs;
  }

  /** The token, if it need not be replaced yet. */
  fresh(nowMs: number): Token | undefined {
    return nowMs < this.#refreshAtMs ? this.usable(nowMs) : undefined;
  }

  /** The token, if it has not ended. */
  usable(nowMs: number): Token | undefined {
    const endMs = this.#token?.endMs;
    return endMs !== undefined && nowMs < endMs ? this.#token : undefined;
  }

  /** Keeps a new token. One whose end is not known is not kept: each authentication asks for another. */
  fetched(token: Token, nowMs: number, random: number): void {
    if (token.endMs === undefined) return;
    this.#token = token;
    this.#refreshAtMs = refreshAtMs({ startMs: token.startMs, endMs: token.endMs }, nowMs, random, this.#options);
  }

  /** After a failed fetch: the old token is used, if it has not ended, and the next fetch is 10 s later. */
  failed(nowMs: number): Token | undefined {
    const token = this.usable(nowMs);
    if (token !== undefined) this.#refreshAtMs = nowMs + AFTER_FAILURE_MS;
    return token;
  }

  /** Drops a token that a broker refused. Does nothing if it was replaced meanwhile. */
  refused(value: string): void {
    if (this.#token?.value === value) this.#token = undefined;
  }
}

/** When to replace a token, as Java computes it. 0 ≤ random < 1. */
export function refreshAtMs(
  life: { readonly startMs: number; readonly endMs: number },
  nowMs: number,
  random: number,
  options: RefreshOptions,
): number {
  const { startMs, endMs } = life;
  const bufferMs = options.loginRefreshBufferSeconds * 1000;
  const minPeriodMs = options.loginRefreshMinPeriodSeconds * 1000;
  const part = options.loginRefreshWindowFactor + options.loginRefreshWindowJitter * random;
  const proposedMs = Math.floor(startMs + (endMs - startMs) * part);
  // A short life has no room for the buffer and the period. Both are ignored then.
  if (endMs - nowMs < bufferMs + minPeriodMs) return proposedMs;
  return Math.max(nowMs + minPeriodMs, Math.min(proposedMs, endMs - bufferMs));
}
