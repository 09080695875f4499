import type { CallLimit } from "../cluster/call-retries.ts";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import { wholeNumber } from "../cluster/options.ts";
import type { TimeLimit } from "../cluster/time-limit.ts";
import { anything, type Check, shape, signal as isSignal } from "../errors/shape.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";

/** The options of every admin call. */
export interface CallOptions {
  /** How long the call may take, including retries, in ms. Default 60000. Java: `default.api.timeout.ms`. */
  readonly timeoutMs?: number;
  /** Ends the call early, with kind `cancelled`. A request that was sent may still be carried out. Default: none. */
  readonly signal?: AbortSignalLike;
}

/** The default of {@link CallOptions.timeoutMs}. */
const DEFAULT_API_TIMEOUT_MS = 60_000;
/** Java: `request.timeout.ms`. */
const MOST_AT_BROKER_MS = 30_000;

/** Accepts the options of every call and these of one call. */
export function optionsWith(own: Readonly<Record<string, Check>>, hints: Readonly<Record<string, string>> = {}): Check {
  return shape({ ...own, timeoutMs: anything, signal: isSignal }, { hints });
}

const OPTIONS = optionsWith({});

/** Checks the options. Throws kind `config` for an invalid time, and for what `check` refuses. */
export function callLimit(
  options: CallOptions,
  call: string,
  check: Check = OPTIONS,
  defaultMs: number = DEFAULT_API_TIMEOUT_MS,
): CallLimit {
  check(options, call);
  const { timeoutMs, signal } = options;
  return { timeoutMs: wholeNumber(`${call}: timeoutMs`, timeoutMs, defaultMs, 1), signal };
}

/**
 * The time that a broker may take for a request, in ms: the rest of the call's. Zero would be answered with a
 * timeout at once.
 */
export function brokersLimit({ clock }: Pick<ClusterClient, "clock">, { endsAtMs }: TimeLimit): number {
  return Math.max(1, Math.min(MOST_AT_BROKER_MS, Math.floor(endsAtMs - clock.monotonic())));
}
