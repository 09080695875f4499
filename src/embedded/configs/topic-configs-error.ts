import { valueError } from "./config-value.ts";
import { topicKeys } from "./topic-keys.ts";

/**
 * Why a topic cannot have these configs, in Kafka's words and in its order of checks: nulls, names, values,
 * contradictions.
 */
export function topicConfigsError(
  configs: readonly (readonly [name: string, value: string | null])[],
): string | undefined {
  const nulls = configs.filter(([, value]) => value === null).map(([name]) => name);
  if (nulls.length > 0) return `Null value not supported for topic configs: ${nulls.join(",")}`;
  const values = new Map(configs.map(([name, value]) => [name, value ?? ""]));
  for (const name of values.keys()) if (!topicKeys.has(name)) return `Unknown topic config name: ${name}`;
  for (const [name, key] of topicKeys) {
    const value = values.get(name);
    const why = value === undefined ? undefined : valueError(name, key, value);
    if (why !== undefined) return why;
  }
  return contradiction((name) => (values.get(name) ?? topicKeys.get(name)?.default ?? "").trim());
}

function contradiction(value: (name: string) => string): string | undefined {
  const [least, most] = [value("min.compaction.lag.ms"), value("max.compaction.lag.ms")];
  if (Number(least) > Number(most))
    return (
      `conflict topic config setting min.compaction.lag.ms (${Number(least)}) > max.compaction.lag.ms ` +
      `(${Number(most)})`
    );
  if (value("remote.storage.enable").toLowerCase() === "true")
    return (
      "Tiered Storage functionality is disabled in the broker. " + "Topic cannot be configured with remote log storage."
    );
  return undefined;
}
