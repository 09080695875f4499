import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import { describeLogDirs } from "./describe-log-dirs.ts";
import type { LogDirCalls } from "./log-dir-calls.ts";
import { alterReplicaLogDirs, describeReplicaLogDirs } from "./replica-log-dirs.ts";

export function logDirCalls({ client }: AdminContext): LoadedCalls<LogDirCalls> {
  return {
    describeLogDirs: (brokers, options = {}) => describeLogDirs(client, brokers, options),
    describeReplicaLogDirs: (replicas, options = {}) => describeReplicaLogDirs(client, replicas, options),
    alterReplicaLogDirs: (replicas, options = {}) => alterReplicaLogDirs(client, replicas, options),
  };
}
