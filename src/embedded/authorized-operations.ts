import type { Access } from "./security/access.ts";
import { CLUSTER_NAME } from "../security/acl-words.ts";

// The operations that everybody is allowed without an authorizer, one bit each.

/** All operations on a topic. */
export const TOPIC_OPERATIONS = 3576;
/** All operations on a group. */
export const GROUP_OPERATIONS = 3400;
/** All operations on the cluster. */
export const CLUSTER_OPERATIONS = 8096;

/** The operations on a topic that a client is allowed. */
export function topicOperations(access: Access | undefined, topic: string): number {
  return access?.operations(TOPIC_OPERATIONS, "TOPIC", topic) ?? TOPIC_OPERATIONS;
}

/** The operations on a group that a client is allowed. */
export function groupOperations(access: Access | undefined, groupId: string): number {
  return access?.operations(GROUP_OPERATIONS, "GROUP", groupId) ?? GROUP_OPERATIONS;
}

/** The operations on the cluster that a client is allowed; none if it may not describe the cluster. */
export function clusterOperations(access: Access | undefined): number {
  if (access === undefined) return CLUSTER_OPERATIONS;
  return access.deniesCluster("DESCRIBE") ? 0 : access.operations(CLUSTER_OPERATIONS, "CLUSTER", CLUSTER_NAME);
}
