import { KafkaError } from "../../errors/kafka-error.ts";
import { BrokerConfigs } from "./broker-configs.ts";
import { valueError } from "./config-value.ts";
import { CONFIG_OPTIONS } from "./option-names.ts";

/** Throws kind `config` for a broker config that Kafka does not have, a wrong value, or one that is an option. */
export function checkConfigs(configs: Readonly<Record<string, string>>): void {
  const known = new BrokerConfigs(() => new Map());
  for (const [name, value] of Object.entries(configs)) {
    const option = CONFIG_OPTIONS.get(name);
    const key = known.key(name);
    const why =
      option !== undefined
        ? `${name} has an option of its own: ${option}`
        : key === undefined
          ? `Kafka has no broker config ${name}`
          : valueError(name, key, value);
    if (why !== undefined) throw new KafkaError("config", `EmbeddedCluster: configs: ${why}`);
  }
}
