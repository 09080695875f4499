import { KafkaError } from "../errors/kafka-error.ts";
import { reading } from "../errors/shape.ts";
import { backoffMs } from "../runtime/backoff.ts";
import { type AbortSignalLike, Cancellation, cancelledError } from "../runtime/cancellation.ts";
import type { Host } from "../runtime/host.ts";
import { sleep } from "../runtime/sleep.ts";
import { REFRESH_DEFAULTS, type RefreshOptions, TokenCache } from "./token-cache.ts";
import { readToken, type Token, type TokenContext, type TokenProvider } from "./token.ts";
import { until } from "./until.ts";
import { whenSettled } from "../runtime/when-settled.ts";

/** When a token is fetched. The names are Java's `sasl.login.*`. */
export interface LoginOptions extends RefreshOptions {
  /** The wait after the first failed fetch; it doubles with each. Default 100. */
  readonly loginRetryBackoffMs: number;
  /** The longest wait between two fetches. Default 10,000. */
  readonly loginRetryBackoffMaxMs: number;
  /** A fetch without an answer fails after this time. Java has no default. Default 10,000. */
  readonly loginReadTimeoutMs: number;
}

/** The defaults. */
export const LOGIN_DEFAULTS: LoginOptions = {
  ...REFRESH_DEFAULTS,
  loginRetryBackoffMs: 100,
  loginRetryBackoffMaxMs: 10_000,
  loginReadTimeoutMs: 10_000,
};

/** The capabilities that a token source needs, and those that it passes on. */
export interface TokenHost extends Host, Omit<TokenContext, "nowMs" | "signal"> {}

/**
 * The token that all connections of a client share. At most one fetch runs at a time. A fetch that fails for a
 * temporary reason is repeated while a caller waits; each caller waits until its own signal fires.
 */
export class SharedToken {
  readonly #provider: TokenProvider;
  readonly #host: TokenHost;
  readonly #options: LoginOptions;
  readonly #cache: TokenCache;
  #fetching: Promise<Token> | undefined;
  /** One entry for each caller that waits, with its function for the errors of fetches that are repeated. */
  readonly #waiting = new Set<{ readonly onRetry: ((error: KafkaError) => void) | undefined }>();
  /** Fires when nothing waits for the next fetch any more. */
  #pause: Cancellation | undefined;
  /** Ends the fetch that runs. */
  #limit: Cancellation | undefined;
  #lastError: KafkaError | undefined;
  /** When the token was fetched, by both clocks. */
  #fetched: { readonly atMs: number; readonly monotonicMs: number } | undefined;

  constructor(provider: TokenProvider, host: TokenHost, options: Partial<LoginOptions> = {}) {
    this.#provider = provider;
    this.#host = host;
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    this.#options = { ...LOGIN_DEFAULTS, ...Object.fromEntries(given) };
    this.#cache = new TokenCache(this.#options);
  }

  /** Why the last fetch failed; undefined if it succeeded. For log lines and the error of a call that timed out. */
  get lastError(): KafkaError | undefined {
    return this.#lastError;
  }

  /**
   * A token that need not be replaced yet; otherwise it is fetched. `onRetry` is called with the error of each fetch
   * that is repeated, also with that of the last one before this call.
   */
  async get(signal?: AbortSignalLike, onRetry?: (error: KafkaError) => void): Promise<Token> {
    const fresh = this.#cache.fresh(this.#nowMs());
    if (fresh !== undefined) return fresh;
    const caller = { onRetry };
    this.#waiting.add(caller);
    if (this.#fetching !== undefined && this.#lastError !== undefined) onRetry?.(this.#lastError);
    try {
      this.#fetching ??= whenSettled(this.#fetch(), () => (this.#fetching = undefined));
      return await until(this.#fetching, signal, () => this.#tooLate(signal));
    } finally {
      this.#waiting.delete(caller);
      if (this.#waiting.size === 0) this.#abandon(signal);
    }
  }

  /**
   * Nothing waits for a token any more. A fetch that runs goes on, because a connection whose setup has timed out is
   * tried again soon; but not after its client was closed, because its time limit would outlive the client.
   */
  #abandon(signal: AbortSignalLike | undefined): void {
    const reason = new KafkaError("cancelled", "nothing waits for a token");
    this.#pause?.cancel(reason);
    if (signal?.aborted === true && cancelledError(signal).kind === "closed") this.#limit?.cancel(reason);
  }

  /** Drops a token that a broker refused, so that the next authentication fetches another. */
  refused(token: Token): void {
    this.#cache.refused(token.value);
  }

  async #fetch(): Promise<Token> {
    for (let attempt = 0; ; attempt++) {
      try {
        const token = await this.#once();
        this.#lastError = undefined;
        const { clock } = this.#host;
        this.#fetched = { atMs: clock.now(), monotonicMs: clock.monotonic() };
        this.#cache.fetched(token, this.#fetched.atMs, this.#random());
        return token;
      } catch (thrown) {
        const error = KafkaError.from(thrown);
        if (error.kind === "cancelled" && this.#waiting.size === 0) throw error;
        this.#lastError = error;
        const old = this.#cache.failed(this.#nowMs());
        if (old !== undefined) return old;
        if (!error.retriable || this.#waiting.size === 0) throw error;
        for (const { onRetry } of this.#waiting) onRetry?.(error);
        const { loginRetryBackoffMs: baseMs, loginRetryBackoffMaxMs: maxMs } = this.#options;
        this.#pause = new Cancellation();
        const pauseMs = backoffMs({ baseMs, maxMs, attempt, random: this.#random() });
        await sleep(this.#host, pauseMs, this.#pause).catch(() => undefined);
        if (this.#waiting.size === 0) throw error;
      }
    }
  }

  /** The time for the token's end. If the clock is set back, the token does not live longer. */
  #nowMs(): number {
    const { clock } = this.#host;
    const fetched = this.#fetched;
    if (fetched === undefined) return clock.now();
    return Math.max(clock.now(), fetched.atMs + clock.monotonic() - fetched.monotonicMs);
  }

  /** One call of the provider, with a time limit. */
  async #once(): Promise<Token> {
    const { clock, runtime: _runtime, ...capabilities } = this.#host;
    const timeoutMs = this.#options.loginReadTimeoutMs;
    const limit = (this.#limit = new Cancellation());
    const timer = new Cancellation();
    const late = new KafkaError("connection", `no token for SASL OAUTHBEARER arrived within ${timeoutMs} ms`, {
      retriable: true,
    });
    sleep(this.#host, timeoutMs, timer).then(
      () => limit.cancel(late),
      () => undefined,
    );
    try {
      const context = { ...capabilities, nowMs: clock.now(), signal: limit };
      const given = await until(called(this.#provider, context), limit, () => cancelledError(limit));
      return reading("sasl: the result of token", () => readToken(given, clock.now()));
    } finally {
      this.#limit = undefined;
      timer.cancel(new KafkaError("cancelled", "the token has arrived, or failed"));
    }
  }

  #tooLate(signal: AbortSignalLike | undefined): KafkaError {
    const last = this.#lastError;
    if (last === undefined || signal === undefined)
      return cancelledError(signal ?? new Cancellation(), "the wait for a token");
    return new KafkaError("connection", `there is still no token for SASL OAUTHBEARER: ${last.message}`, {
      cause: last,
      retriable: true,
    });
  }

  #random(): number {
    const bytes = new Uint8Array(4);
    this.#host.entropy.fill(bytes);
    return new DataView(bytes.buffer).getUint32(0) / 2 ** 32;
  }
}

/** Calls the user's function. An error that is not a KafkaError is temporary: a later call may succeed. */
async function called(provider: TokenProvider, context: TokenContext): Promise<unknown> {
  try {
    return await provider(context);
  } catch (cause) {
    if (KafkaError.is(cause)) throw cause;
    throw new KafkaError("connection", "the function sasl: token failed; it is called again", {
      cause,
      retriable: true,
    });
  }
}
