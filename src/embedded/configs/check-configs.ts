import { KafkaError } from "../../errors/kafka-error.ts";
import { BrokerConfigs } from "./broker-configs.ts";
import { valueError } from "./config-value.ts";
import { CONFIG_OPTIONS } from "./option-names.ts";

/** Throws kind `config` for a broker config that Kafka does not have, a wrong value, or one that is an option. */
export function checkConfigs(configs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(configs)) {
    const why = configError(name, value);
    if (why !== undefined) throw new KafkaError("config", `EmbeddedCluster: configs: ${why}`);
  }
}

/** The reason for which a broker config is refused. */
export function configError(name: string, value: string): string | undefined {
  const option = CONFIG_OPTIONS.get(name);
  if (option !== undefined) return `${name} has an option of its own: ${option}`;
  const key = new BrokerConfigs(() => new Map()).key(name);
  return key === undefined ? `Kafka has no broker config ${name}` : valueError(name, key, value);
}
