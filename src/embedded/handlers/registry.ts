import type { AnyHandler } from "../handler.ts";
import { apiVersions } from "./api-versions.ts";
import { describeCluster } from "./describe-cluster.ts";
import { fetch } from "./fetch.ts";
import { findCoordinator } from "./find-coordinator.ts";
import { initProducerId } from "./init-producer-id.ts";
import { listOffsets } from "./list-offsets.ts";
import { metadata } from "./metadata.ts";
import { produce } from "./produce.ts";
import { offsetForLeaderEpoch } from "./offset-for-leader-epoch.ts";
import { createPartitions } from "./create-partitions.ts";
import { createTopics } from "./create-topics.ts";
import { deleteTopics } from "./delete-topics.ts";
import { describeConfigs } from "./describe-configs.ts";

/** Every API that the embedded cluster serves, by key. */
export function handlers(): ReadonlyMap<number, AnyHandler> {
  const all: readonly AnyHandler[] = [
    apiVersions(() => all),
    metadata(), produce(), fetch(), listOffsets(), initProducerId(), findCoordinator(), describeCluster(), createTopics(), deleteTopics(), createPartitions(), describeConfigs(), offsetForLeaderEpoch(),
  ];
  return new Map(all.map((one) => [one.api.key, one]));
}
