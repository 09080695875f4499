// The operations that everybody is allowed without an authorizer, one bit each.

/** All operations on a topic. */
export const TOPIC_OPERATIONS = 3576;
/** All operations on a group. */
export const GROUP_OPERATIONS = 3400;
/** All operations on the cluster. */
export const CLUSTER_OPERATIONS = 8096;
