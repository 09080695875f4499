import * as ErrorCode from "../../errors/error-code.ts";
import type { ConfigValues } from "./cluster-configs.ts";
import { type ConfigRefusal, refusal } from "./config-change.ts";
import type { ConfigKey } from "./config-key.ts";
import { valueError, wordsOf } from "./config-value.ts";

/** The configs of a subscription to the metrics of clients (KIP-714). They are only stored. */
export const clientMetricsKeys: ReadonlyMap<string, ConfigKey> = new Map(
  Object.entries<ConfigKey>({
    "interval.ms": { type: "int", default: "300000" },
    match: { type: "list", default: "" },
    metrics: { type: "list", default: "" },
  }),
);

const LEAST_INTERVAL_MS = 100;
const MOST_INTERVAL_MS = 3_600_000;
/** The facts about a client that a subscription may ask for. */
const FACTS: readonly string[] = [
  "client_instance_id",
  "client_id",
  "client_software_name",
  "client_software_version",
  "client_source_address",
  "client_source_port",
];

/** Why a subscription cannot have these configs, in Kafka's words. */
export function clientMetricsError(subscription: string, values: ConfigValues): ConfigRefusal | undefined {
  if (subscription === "") return refusal(ErrorCode.INVALID_REQUEST, "Subscription name can't be empty");
  for (const name of values.keys())
    if (!clientMetricsKeys.has(name))
      return refusal(ErrorCode.INVALID_REQUEST, `Unknown client metrics configuration: ${name}`);
  for (const [name, key] of clientMetricsKeys) {
    const value = values.get(name);
    const why = value === undefined ? undefined : valueError(name, key, value);
    if (why !== undefined) return refusal(ErrorCode.INVALID_CONFIG, why);
  }
  const interval = values.get("interval.ms")?.trim();
  if (interval !== undefined && (Number(interval) < LEAST_INTERVAL_MS || Number(interval) > MOST_INTERVAL_MS))
    return refusal(
      ErrorCode.INVALID_REQUEST,
      `Invalid value ${Number(interval)} for interval.ms, interval must be between ${LEAST_INTERVAL_MS} and ` +
        `${MOST_INTERVAL_MS} (1 hour)`,
    );
  const wrong = wordsOf(values.get("match") ?? "").find((pattern) => !isPattern(pattern));
  return wrong === undefined
    ? undefined
    : refusal(ErrorCode.INVALID_CONFIG, `Illegal client matching pattern: ${wrong}`);
}

function isPattern(text: string): boolean {
  const [fact = "", pattern, ...more] = text.split("=");
  if (pattern === undefined || more.length > 0 || !FACTS.includes(fact.trim())) return false;
  try {
    return new RegExp(pattern.trim()).source !== "";
  } catch {
    return false;
  }
}
