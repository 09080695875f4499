import { type ConfigKey, readKeys } from "./config-key.ts";
import { brokerKeyLines, groupKeyLines } from "./known-keys.ts";

/** DescribeConfigs' numbers for the sources of a broker's value. */
export const brokerSource = { dynamic: 2, dynamicDefault: 3, fixed: 4, default: 5 } as const;

/** The number of a source. */
export type ConfigSource = (typeof brokerSource)[keyof typeof brokerSource];

/** A broker's config of one listener: `listener.name.internal.max.connections`. */
const LISTENER = /^listener\.name\.[^.]+\./;
/** Configs that the first of these names has, with those that it takes the place of, in Kafka's order. */
const IN_PLACE_OF: readonly (readonly string[])[] = [
  ["log.roll.ms", "log.roll.hours"],
  ["log.roll.jitter.ms", "log.roll.jitter.hours"],
  ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
  ["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
];

/**
 * Limits of the replication between brokers, and configs that are internal in Kafka, mostly for its tests. Kafka
 * describes them only if they are set.
 */
const UNLISTED: ReadonlyMap<string, ConfigKey> = new Map<string, ConfigKey>([
  ["log.initial.task.delay.ms", { type: "long", default: "30000", least: 0, update: "fixed" }],
  ["producer.id.expiration.check.interval.ms", { type: "int", default: "600000", least: 1, update: "fixed" }],
  ...[
    "leader.replication.throttled.rate",
    "follower.replication.throttled.rate",
    "replica.alter.log.dirs.io.max.bytes.per.second",
  ].map((name): [string, ConfigKey] => [name, { type: "long", default: null, least: 0, update: "cluster" }]),
]);

/** The configs of brokers and groups that Kafka 4.4 knows, and what the file of each broker says. */
export class BrokerConfigs {
  readonly #inFile: (nodeId: number) => ReadonlyMap<string, string>;
  #brokers: ReadonlyMap<string, ConfigKey> | undefined;
  #groups: ReadonlyMap<string, ConfigKey> | undefined;

  /** `inFile`: the configs of a broker that cannot change while it runs, as if they were in its file. */
  constructor(inFile: (nodeId: number) => ReadonlyMap<string, string>) {
    this.#inFile = inFile;
  }

  /** The configs of brokers. They are read when they are first needed: a cluster starts in less than a millisecond. */
  get all(): ReadonlyMap<string, ConfigKey> {
    return (this.#brokers ??= readKeys(brokerKeyLines));
  }

  /** The configs of groups. */
  get groups(): ReadonlyMap<string, ConfigKey> {
    return (this.#groups ??= readKeys(groupKeyLines));
  }

  /** A config by its name, which may be that of one listener. */
  key(name: string): ConfigKey | undefined {
    return this.named(name) ?? this.all.get(name.replace(LISTENER, ""));
  }

  /** A config by its own name. */
  named(name: string): ConfigKey | undefined {
    return this.all.get(name) ?? UNLISTED.get(name);
  }

  inFile(nodeId: number): ReadonlyMap<string, string> {
    return this.#inFile(nodeId);
  }

  /** The names whose values count for a config, the first that is set. */
  synonyms(name: string): readonly string[] {
    const base = name.replace(LISTENER, "");
    return base === name ? (IN_PLACE_OF.find(([first]) => first === name) ?? [name]) : [name, base];
  }
}
