import { RESOURCE } from "./config-resources.ts";
import type { DescribedConfig } from "./described-configs.ts";

/** A config that Kafka does not know has no documentation. */
const UNKNOWN_TYPE = 0;
const SITE = "https://kafka.apache.org/documentation/#";

/**
 * The documentation of a config, as DescribeConfigs returns it: where Kafka's own text is, as that text is not part of
 * this library. Null for a config that Kafka does not know. Loggers have none; Kafka returns an empty text for them.
 */
export function configDocumentation(
  resourceType: number,
  { name, configType, documentation }: DescribedConfig,
): string | null {
  if (resourceType === RESOURCE.logger) return documentation ?? null;
  if (configType === UNKNOWN_TYPE) return null;
  switch (resourceType) {
    case RESOURCE.topic:
      return `Kafka's topic config ${name}: ${SITE}topicconfigs_${name}`;
    case RESOURCE.group:
      return `Kafka's group config ${name}: ${SITE}groupconfigs_${name}`;
    case RESOURCE.clientMetrics:
      return `Kafka's config ${name} of a subscription to the metrics of clients: KIP-714`;
    default:
      return `Kafka's broker config ${name}: ${SITE}brokerconfigs_${name}`;
  }
}
