/** Facts of the brokers and the topic. Replication calls the functions at each change, so their results may change. */
export interface ReplicationRules {
  /** Whether a broker is up. */
  isUp(nodeId: number): boolean;
  /** Since when a broker does not fetch from its leaders, in monotonic ms; undefined if it fetches. */
  pausedSinceMs(nodeId: number): number | undefined;
  /** Topic config `min.insync.replicas`, as it holds at the leader or the last one. */
  minInSyncReplicas(leaderId: number): number;
  /** Topic config `unclean.leader.election.enable`. */
  mayElectUncleanly(leaderId: number): boolean;
  /**
   * Whether replicas that leave the ISR while it is below its minimum stay eligible, and nothing is committed then:
   * Kafka since 4.0 (KIP-966).
   */
  readonly keepsEligible: boolean;
}
