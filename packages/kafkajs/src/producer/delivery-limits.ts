import type { ProducerOptions } from "odradek";
import type { RetrySettings } from "../retry/retry-options.ts";

/** The largest number of ms, and of tries, that Odradek takes. */
const MOST = 2_147_483_647;
/** How long an idempotent producer tries if nobody has set `retries`: Odradek's and Java's default, in ms. */
const IDEMPOTENT_MS = 120_000;

/** The limits of Odradek's own delivery: as many tries as kafkajs makes, and the time that those take. */
export function deliveryLimits(
  { retries, ...waits }: RetrySettings,
  requestTimeoutMs: number,
  isEndless: boolean,
): Pick<Required<ProducerOptions>, "retries" | "deliveryTimeoutMs" | "requestTimeoutMs"> {
  const waitsMs = isEndless ? IDEMPOTENT_MS : sumOfWaits(retries, waits);
  return {
    retries: isEndless ? MOST : Math.min(retries, MOST),
    // A try that hangs takes the time of a request. More than one such try does not fit: the brokers answered nothing.
    deliveryTimeoutMs: Math.min(Math.ceil(waitsMs) + requestTimeoutMs, MOST),
    requestTimeoutMs,
  };
}

/** The wait after the failure number `count`, from 0, without jitter, in ms. */
export function waitAfter(count: number, settings: Omit<RetrySettings, "retries" | "factor">): number {
  let wait = settings.initialRetryTime;
  for (let i = 0; i < count; i++) {
    const next = Math.min(wait * settings.multiplier, settings.maxRetryTime);
    if (next === wait) break;
    wait = next;
  }
  return wait;
}

/** All waits of a call that fails each time, without jitter, in ms. */
function sumOfWaits(
  retries: number,
  { initialRetryTime, multiplier, maxRetryTime }: Omit<RetrySettings, "retries">,
): number {
  let sum = 0;
  let wait = initialRetryTime;
  for (let i = 0; i < retries && sum < MOST; i++) {
    const next = Math.min(wait * multiplier, maxRetryTime);
    if (next === wait) return sum + (retries - i) * wait;
    sum += wait;
    wait = next;
  }
  return sum;
}
