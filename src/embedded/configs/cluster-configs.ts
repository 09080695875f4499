import { KafkaError } from "../../errors/kafka-error.ts";
import { type BrokerConfigs, type ConfigSource, brokerSource } from "./broker-configs.ts";
import { shownValue } from "./config-value.ts";
import { topicKeys } from "./topic-keys.ts";
import { type TopicSettings, topicSettings } from "./topic-settings.ts";

/** Configs by Kafka's names. */
export type ConfigValues = ReadonlyMap<string, string>;

/** The kinds of resources whose configs are stored here; a topic stores its own. */
export type StoredConfigKind = "broker" | "group" | "client-metrics";

const NONE: ConfigValues = new Map();
/** The units of a broker's config that stands for another one in ms. */
const UNITS_MS: readonly (readonly [ending: string, ms: number])[] = [
  [".minutes", 60_000],
  [".hours", 3_600_000],
];

/** The configs that were set while the cluster runs, and the values that follow from them. */
export class ClusterConfigs {
  readonly brokers: BrokerConfigs;
  readonly #stored: Readonly<Record<StoredConfigKind, Map<string, ConfigValues>>> = {
    broker: new Map<string, ConfigValues>(),
    group: new Map<string, ConfigValues>(),
    "client-metrics": new Map<string, ConfigValues>(),
  };
  readonly #changed = new Set<() => void>();
  #version = 0;

  /** `forAll`: the configs that are set for all brokers from the start. */
  constructor(brokers: BrokerConfigs, forAll: ConfigValues) {
    this.brokers = brokers;
    this.set("broker", "", forAll);
  }

  /** The configs that were set for a resource. A broker is named by its id; the empty name stands for all brokers. */
  of(kind: StoredConfigKind, name: string): ConfigValues {
    return this.#stored[kind].get(name) ?? NONE;
  }

  /** The resources for which something was set. */
  names(kind: StoredConfigKind): readonly string[] {
    return [...this.#stored[kind].keys()];
  }

  /** Replaces what was set for a resource. */
  set(kind: StoredConfigKind, name: string, values: ConfigValues): void {
    if (values.size > 0) this.#stored[kind].set(name, values);
    else this.#stored[kind].delete(name);
    this.changed();
  }

  /** Configs have changed; those of a topic too, which are not stored here. */
  changed(): void {
    this.#version++;
    for (const listener of this.#changed) listener();
  }

  /** Calls a function after each change. */
  onChange(listener: () => void): void {
    this.#changed.add(listener);
  }

  /** The configs that were set for a broker, by their source: while it runs, for all brokers, and in its file. */
  layers(nodeId: number): readonly (readonly [source: ConfigSource, values: ConfigValues])[] {
    return [
      [brokerSource.dynamic, this.of("broker", String(nodeId))],
      [brokerSource.dynamicDefault, this.of("broker", "")],
      [brokerSource.fixed, this.brokers.inFile(nodeId)],
    ];
  }

  /** The value of a broker's config as it was set, else its default; null if it has none. */
  brokerValue(name: string, nodeId: number): string | null {
    return this.setValue(name, nodeId) ?? this.brokers.key(name)?.default ?? null;
  }

  /** The value of a broker's config as it was set; undefined if it has its default. */
  setValue(name: string, nodeId: number): string | undefined {
    for (const [, values] of this.layers(nodeId)) {
      const value = values.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** A number among a broker's configs. Throws kind `internal` for a config without a value. */
  brokerNumber(name: string, nodeId: number): number {
    const value = this.brokerValue(name, nodeId);
    if (value === null) throw new KafkaError("internal", `the broker config ${name} has no value`);
    return Number(value);
  }

  /** The value of a topic's config at a broker: its own, else the broker's, else Kafka's default. */
  topicValue(own: ConfigValues, name: string, nodeId: number): string {
    const key = topicKeys.get(name);
    if (key === undefined) return "";
    return shownValue(key, own.get(name) ?? this.#fromBroker(key.brokers ?? [], nodeId) ?? key.default ?? "");
  }

  /** A function that returns the settings of a topic at a broker. They are computed again after a change. */
  settingsOf(own: ConfigValues): (nodeId: number) => TopicSettings {
    const known = new Map<number, TopicSettings>();
    let version = -1;
    return (nodeId) => {
      if (version !== this.#version) known.clear();
      version = this.#version;
      let settings = known.get(nodeId);
      if (settings === undefined)
        known.set(nodeId, (settings = topicSettings((name) => this.topicValue(own, name, nodeId))));
      return settings;
    };
  }

  /** The value that was set for the broker. Its defaults are the same as the topic's. */
  #fromBroker(names: readonly string[], nodeId: number): string | undefined {
    for (const name of names) {
      const value = this.setValue(name, nodeId);
      if (value === undefined) continue;
      const [, unit = 1] = UNITS_MS.find(([ending]) => name.endsWith(ending)) ?? [];
      return unit === 1 ? value : String(Number(value) * unit);
    }
    return undefined;
  }
}
