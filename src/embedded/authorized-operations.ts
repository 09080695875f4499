// What everybody may do where there is no authorizer, one bit for each operation.

/** All operations that there are on a topic. */
export const TOPIC_OPERATIONS = 3576;
/** All operations that there are on a group. */
export const GROUP_OPERATIONS = 3400;
/** All operations that there are on the cluster. */
export const CLUSTER_OPERATIONS = 8096;
