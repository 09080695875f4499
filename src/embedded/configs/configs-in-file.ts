import type { EmbeddedClusterOptions } from "../options.ts";
import type { BrokerInfo } from "../state/broker-info.ts";
import { GROUP_DEFAULTS, type GroupConfigs } from "../state/groups/group-configs.ts";
import { BrokerConfigs } from "./broker-configs.ts";
import { ClusterConfigs } from "./cluster-configs.ts";
import { GROUP_NAMES } from "./option-names.ts";
import { defaultFactor, defaultPartitions } from "./cluster-defaults.ts";

/**
 * The content of each broker's file: the given configs, and the options that Kafka has configs for. As in the file of a
 * real broker, a value that is Kafka's default is left out.
 */
function configsInFile(
  options: EmbeddedClusterOptions,
  brokers: () => readonly BrokerInfo[],
): (nodeId: number) => ReadonlyMap<string, string> {
  const groups = { ...GROUP_DEFAULTS, ...options.groups };
  const shared = new Map([
    ...Object.entries(options.configs ?? {}),
    ...notDefault("auto.create.topics.enable", options.autoCreateTopics ?? true, true),
    ...notDefault("default.replication.factor", defaultFactor(options), 1),
    ...notDefault("num.partitions", defaultPartitions(options), 1),
    ...notDefault("replica.lag.time.max.ms", options.replicaLagTimeMaxMs ?? 30_000, 30_000),
    ...Object.entries(GROUP_NAMES).flatMap(([option, name]) =>
      notDefault(name, groups[option as keyof GroupConfigs], GROUP_DEFAULTS[option as keyof GroupConfigs]),
    ),
  ]);
  const known = new Map<string, ReadonlyMap<string, string>>();
  return (nodeId) => {
    const address = brokers().find((broker) => broker.nodeId === nodeId);
    const listener = address === undefined ? undefined : `PLAINTEXT://${address.host}:${address.port}`;
    const key = `${nodeId} ${listener ?? ""}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const values = new Map([
      ...shared,
      ["process.roles", "broker"],
      ["broker.id", String(nodeId)],
      ["node.id", String(nodeId)],
      ...(typeof address?.rack === "string" ? [["broker.rack", address.rack] as const] : []),
      ...(listener === undefined
        ? []
        : [["listeners", listener] as const, ["advertised.listeners", listener] as const]),
    ]);
    known.set(key, values);
    return values;
  };
}

/** The configs of a new cluster. */
export function initialConfigs(options: EmbeddedClusterOptions, brokers: () => readonly BrokerInfo[]): ClusterConfigs {
  return new ClusterConfigs(new BrokerConfigs(configsInFile(options, brokers)), configsForAll(options));
}

function notDefault<T extends string | number | boolean>(
  name: string,
  value: T,
  byDefault: T,
): readonly (readonly [string, string])[] {
  return value === byDefault ? [] : [[name, String(value)]];
}

/**
 * The configs that are set for all brokers from the start. Kafka sets the minimum of in-sync replicas so if leaders are
 * elected from eligible replicas (KIP-966).
 */
function configsForAll({ eligibleLeaderReplicas, configs }: EmbeddedClusterOptions): ReadonlyMap<string, string> {
  const name = "min.insync.replicas";
  return new Map(eligibleLeaderReplicas === false ? [] : [[name, configs?.[name] ?? "1"]]);
}
