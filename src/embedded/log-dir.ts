import type { ClusterConfigs } from "./configs/cluster-configs.ts";

/**
 * The path of a broker's only log dir: the first of `log.dirs`, else `log.dir`, else one of its own. It is shown to
 * clients; nothing is on disk.
 */
export function logDirOf(configs: ClusterConfigs, nodeId: number): string {
  const inFile = configs.brokers.inFile(nodeId);
  const [first = ""] = (inFile.get("log.dirs") ?? inFile.get("log.dir") ?? "").split(",");
  return first.trim() === "" ? `/odradek/broker-${nodeId}` : first.trim();
}
