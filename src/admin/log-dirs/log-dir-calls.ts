import type { CallOptions } from "../call-options.ts";
import type { Results } from "../results.ts";
import type { LogDirDescription } from "./describe-log-dirs.ts";
import type { ReplicaLogDirAssignment, ReplicaLogDirInfo, TopicPartitionReplica } from "./replica-log-dirs.ts";

/** The calls of an admin about log directories. */
export interface LogDirCalls {
  /**
   * Returns the log directories of brokers with the sizes of the replicas in them. Each item is a broker, by its node
   * id. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 1.0 on. Java: `describeLogDirs`.
   */
  describeLogDirs(
    brokers: readonly number[],
    options?: CallOptions,
  ): Promise<Results<number, readonly LogDirDescription[]>>;

  /**
   * Returns the log directories of replicas. Each item is a replica; if the broker has none, its directories are
   * undefined. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 1.0 on. Java:
   * `describeReplicaLogDirs`.
   */
  describeReplicaLogDirs(
    replicas: readonly TopicPartitionReplica[],
    options?: CallOptions,
  ): Promise<Results<TopicPartitionReplica, ReplicaLogDirInfo>>;

  /**
   * Moves replicas into other log directories of their brokers. Each item is a replica; {@link
   * describeReplicaLogDirs} shows how far the move is. Accepted when it returns. Deadline, `signal` and `close()`:
   * see {@link Admin}. Brokers from Kafka 1.0 on. Java: `alterReplicaLogDirs`.
   */
  alterReplicaLogDirs(
    replicas: readonly ReplicaLogDirAssignment[],
    options?: CallOptions,
  ): Promise<Results<TopicPartitionReplica, undefined>>;
}
