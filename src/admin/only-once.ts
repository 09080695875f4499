import { KafkaError } from "../errors/kafka-error.ts";

/** Returns the names. Throws kind `config` if one is in the list twice: two different orders for one thing. */
export function onlyOnce(names: readonly string[], path: string): readonly string[] {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new KafkaError("config", `${path} names ${name} twice: name each once`);
    seen.add(name);
  }
  return names;
}
