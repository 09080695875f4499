import type { GroupConfigs } from "../state/groups/group-configs.ts";
import type { ClusterConfigs } from "./cluster-configs.ts";

/** The configs of groups that are obeyed: all of KIP-848's groups. */
const NAMES = {
  consumerSessionTimeoutMs: "consumer.session.timeout.ms",
  consumerHeartbeatIntervalMs: "consumer.heartbeat.interval.ms",
  consumerAssignmentIntervalMs: "consumer.assignment.interval.ms",
} as const;

/**
 * How one group behaves: as its own configs say, else as those of all brokers that were set while they run, else as the
 * options of the cluster. The values are read at each use.
 */
export function groupSettings(groupId: string, options: GroupConfigs, configs: ClusterConfigs): GroupConfigs {
  const value = (option: keyof typeof NAMES): number => {
    const name = NAMES[option];
    const set = configs.of("group", groupId).get(name) ?? configs.of("broker", "").get(`group.${name}`);
    return set === undefined ? options[option] : Number(set);
  };
  return {
    ...options,
    get consumerSessionTimeoutMs() {
      return value("consumerSessionTimeoutMs");
    },
    get consumerHeartbeatIntervalMs() {
      return value("consumerHeartbeatIntervalMs");
    },
    get consumerAssignmentIntervalMs() {
      return value("consumerAssignmentIntervalMs");
    },
  };
}
