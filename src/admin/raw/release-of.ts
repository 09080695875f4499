import { RELEASES } from "./releases.ts";

/** Brokers serve these only if a plugin of theirs collects the metrics of clients (KIP-714). */
const TELEMETRY: readonly number[] = [71, 72];

/**
 * The newest release of Kafka all of whose APIs a broker serves, each in the release's highest version or a later one;
 * undefined if the broker is older than Kafka 2.8. `highest` has the broker's highest versions by API key. Some
 * releases have the same versions (3.3 and 3.4 with KRaft): then it is the newer one.
 */
export function releaseOf(highest: ReadonlyMap<number, number>): string | undefined {
  return RELEASES.filter(([, maxima]) => serves(highest, maxima)).at(-1)?.[0];
}

function serves(highest: ReadonlyMap<number, number>, maxima: string): boolean {
  for (let key = 0; key < maxima.length; key++) {
    const digit = maxima.charAt(key);
    if (digit === "-" || TELEMETRY.includes(key)) continue;
    if ((highest.get(key) ?? -1) < Number.parseInt(digit, 36)) return false;
  }
  return true;
}
