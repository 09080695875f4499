import type { CallOptions } from "../call-options.ts";
import type { QuorumInfo } from "./describe-metadata-quorum.ts";
import type { NewRaftVoter, RaftVoter, RaftVoterOptions } from "./raft-voters.ts";

/** The calls of an admin about controllers and registered nodes. */
export interface QuorumCalls {
  /**
   * Returns the controllers that keep the metadata: which of them leads, and how far the others are. Deadline,
   * `signal` and `close()`: see {@link Admin}. Brokers from Kafka 3.3 on. Java: `describeMetadataQuorum`.
   */
  describeMetadataQuorum(options?: CallOptions): Promise<QuorumInfo>;

  /**
   * Makes a controller a voter (KIP-853). The cluster needs the feature `kraft.version` 1. Accepted when it returns.
   * Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 3.9 on. Java: `addRaftVoter`.
   */
  addRaftVoter(voter: NewRaftVoter, options?: RaftVoterOptions): Promise<void>;

  /**
   * Takes a controller out of the voters (KIP-853). The cluster needs the feature `kraft.version` 1. Accepted when it
   * returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 3.9 on. Java: `removeRaftVoter`.
   */
  removeRaftVoter(voter: RaftVoter, options?: RaftVoterOptions): Promise<void>;

  /**
   * Removes a broker from the cluster; one that is alive is gone until it is started again. Partitions keep their
   * replicas on it. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka
   * 2.8 on. Java: `unregisterBroker`.
   */
  unregisterBroker(brokerId: number, options?: CallOptions): Promise<void>;

  /**
   * Removes a controller from the cluster; one that is alive is gone until it is started again. Accepted when it
   * returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 4.4 on. Java:
   * `unregisterController`.
   */
  unregisterController(controllerId: number, options?: CallOptions): Promise<void>;
}
