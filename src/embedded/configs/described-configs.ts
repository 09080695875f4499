import type { DescribeConfigsResponseDescribeConfigsResourceResult } from "../../protocol/messages/describe-configs.ts";
import type { Input } from "../../protocol/schema.ts";
import { brokerSource } from "./broker-configs.ts";
import type { ClusterConfigs, ConfigValues } from "./cluster-configs.ts";
import { type ConfigKey, configTypes } from "./config-key.ts";
import { shownValue } from "./config-value.ts";
import { clientMetricsKeys } from "./client-metrics-configs.ts";
import { topicKeys } from "./topic-keys.ts";

/** One config, as DescribeConfigs returns it. */
export type DescribedConfig = Input<DescribeConfigsResponseDescribeConfigsResourceResult> & { readonly name: string };

/** A value with its source, as DescribeConfigs shows them in the order in which they count. */
interface Synonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

/** The sources of a value besides those of brokers, by DescribeConfigs' numbers. */
const TOPIC = 1;
const LOGGER = 6;
const CLIENT_METRICS = 7;
const GROUP = 8;
/** A config that Kafka does not know. */
const UNKNOWN_TYPE = 0;

/** All configs of a topic, as they hold at a broker. */
export function describedTopicConfigs(
  own: ConfigValues,
  configs: ClusterConfigs,
  nodeId: number,
): readonly DescribedConfig[] {
  return [...topicKeys].map(([name, key]) =>
    described(name, key, configs.topicValue(own, name, nodeId), [
      ...ownSynonym(name, key, own, TOPIC),
      ...(key.brokers === undefined ? [] : brokerSynonyms(key.brokers[0] ?? name, configs, nodeId)),
    ]),
  );
}

/** All configs of a broker, and those that it does not know, if they were set. */
export function describedBrokerConfigs(configs: ClusterConfigs, nodeId: number): readonly DescribedConfig[] {
  const set = configs.layers(nodeId).flatMap(([, values]) => [...values.keys()]);
  return [...new Set([...configs.brokers.all.keys(), ...set])].map((name) =>
    describedBrokerConfig(name, configs, configs.brokerValue(name, nodeId), brokerSynonyms(name, configs, nodeId)),
  );
}

/** The configs that were set for all brokers of the cluster. */
export function describedDefaultBrokerConfigs(configs: ClusterConfigs, nodeId: number): readonly DescribedConfig[] {
  return [...configs.of("broker", "")].map(([name, value]) =>
    describedBrokerConfig(
      name,
      configs,
      value,
      brokerSynonyms(name, configs, nodeId).filter(({ source }) => source === brokerSource.dynamicDefault),
    ),
  );
}

/** All configs of a group, which need not exist. */
export function describedGroupConfigs(
  groupId: string,
  configs: ClusterConfigs,
  nodeId: number,
): readonly DescribedConfig[] {
  const own = configs.of("group", groupId);
  return [...configs.brokers.groups].map(([name, key]) => {
    const [behind = ""] = key.brokers ?? [];
    const isBroker = configs.brokers.all.has(behind);
    const byDefault = (isBroker ? configs.brokerValue(behind, nodeId) : null) ?? key.default ?? "";
    return described(name, key, shownValue(key, own.get(name) ?? byDefault), [
      ...ownSynonym(name, key, own, GROUP),
      ...(isBroker
        ? brokerSynonyms(behind, configs, nodeId)
        : [{ name: behind, value: byDefault, source: brokerSource.default }]),
    ]);
  });
}

/** All configs of a subscription to the metrics of clients, which need not exist. */
export function describedClientMetrics(name: string, configs: ClusterConfigs): readonly DescribedConfig[] {
  const own = configs.of("client-metrics", name);
  return [...clientMetricsKeys].map(([config, key]) =>
    described(
      config,
      key,
      shownValue(key, own.get(config) ?? key.default ?? ""),
      ownSynonym(config, key, own, CLIENT_METRICS),
    ),
  );
}

/** The levels of a broker's loggers. */
export function describedLoggers(levels: ConfigValues): readonly DescribedConfig[] {
  return [...levels].map(([name, value]) => ({
    name,
    value,
    configSource: LOGGER,
    synonyms: [],
    configType: UNKNOWN_TYPE,
    readOnly: false,
    isSensitive: false,
    documentation: "",
  }));
}

/** The values of a broker's config, of all sources, in the order in which they count. */
function brokerSynonyms(name: string, configs: ClusterConfigs, nodeId: number): readonly Synonym[] {
  const { brokers } = configs;
  const names = brokers.synonyms(name);
  const found: Synonym[] = [];
  for (const [source, values] of configs.layers(nodeId))
    for (const one of names) {
      const value = values.get(one);
      if (value !== undefined) found.push({ name: one, value: shownBroker(one, value, configs), source });
    }
  for (const one of names) {
    const value = brokers.all.get(one)?.default;
    if (typeof value === "string")
      found.push({ name: one, value: shownBroker(one, value, configs), source: brokerSource.default });
  }
  // Kafka does not show values of other names that come before the first one of this name.
  const first = found.findIndex((one) => one.name === name);
  return first < 0 ? [] : found.slice(first);
}

function describedBrokerConfig(
  name: string,
  configs: ClusterConfigs,
  value: string | null,
  synonyms: readonly Synonym[],
): DescribedConfig {
  const key = configs.brokers.key(name);
  const config = described(
    name,
    key ?? { type: "password", default: null },
    value === null ? null : shownBroker(name, value, configs),
    synonyms,
  );
  const isFixed = (configs.brokers.named(name)?.update ?? "fixed") === "fixed";
  return { ...config, configType: key === undefined ? UNKNOWN_TYPE : config.configType, readOnly: isFixed };
}

/** The value of a broker's config; null for a secret, and for a config that Kafka does not know. */
function shownBroker(name: string, value: string, { brokers }: ClusterConfigs): string | null {
  const key = brokers.key(name);
  return key === undefined || key.type === "password" ? null : shownValue(key, value);
}

function ownSynonym(name: string, key: ConfigKey, own: ConfigValues, source: number): readonly Synonym[] {
  const value = own.get(name);
  return value === undefined ? [] : [{ name, value: shownValue(key, value), source }];
}

function described(
  name: string,
  { type }: ConfigKey,
  value: string | null,
  synonyms: readonly Synonym[],
): DescribedConfig & { readonly configType: number } {
  return {
    name,
    value,
    configSource: synonyms[0]?.source ?? brokerSource.default,
    synonyms: [...synonyms],
    configType: configTypes[type],
    readOnly: false,
    isSensitive: type === "password",
    documentation: null,
  };
}
