/**
 * The host in the addresses of a cluster in memory. Names under `.invalid` exist nowhere (RFC 6761). With `127.0.0.1` a
 * client that was given the addresses as `bootstrapServers` would write to a Kafka that runs on the same machine.
 */
export const MEMORY_HOST = "memory.invalid";
