import { KafkaError } from "../errors/kafka-error.ts";
import type { Host } from "../runtime/host.ts";
import type { LogEntry } from "../runtime/platform.ts";
import { sleep, turn } from "../runtime/sleep.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import type { BrokerStates } from "./state/broker-states.ts";
import type { PartitionLog, StoredBatch } from "./state/partition-log.ts";
import type { Election, Replication } from "./state/replication.ts";
import type { Topics } from "./state/topics.ts";

/** The parts of the cluster that leadership control uses. */
export interface LeadershipHost extends Host {
  readonly tasks: TaskGroup;
  readonly topics: Topics;
  readonly brokers: BrokerStates;
  readonly replicaLagTimeMaxMs: number | undefined;
  readonly reassignmentDelayMs: number | undefined;
  /** The leader of a partition may have changed by a request or a call for that partition. */
  leaderChosen(named: NamedLog): void;
  log?(entry: LogEntry): void;
}

/** A partition, and the name of its topic. */
export interface NamedLog {
  readonly topic: string;
  readonly log: PartitionLog;
}

/** Java: `replica.lag.time.max.ms`. */
const LAG_TIME_MAX_MS = 30_000;

/** The cluster's controller: notifies partitions when brokers start, stop or lag, and elects leaders. */
export class LeadershipControl {
  readonly #host: LeadershipHost;
  readonly #maxLagMs: number;
  #isWatching = false;

  constructor(host: LeadershipHost) {
    this.#host = host;
    this.#maxLagMs = host.replicaLagTimeMaxMs ?? LAG_TIME_MAX_MS;
  }

  /** Brokers started or stopped. */
  update(): void {
    this.#each((replication, nowMs) => replication.update(nowMs));
  }

  pause(nodeId: number): void {
    this.#host.brokers.pause(nodeId, this.#nowMs);
    this.update();
    this.#watch();
  }

  resume(nodeId: number): void {
    this.#host.brokers.resume(nodeId);
    this.update();
  }

  shrinkIsr(nodeId: number): void {
    if (this.#host.brokers.pausedSinceMs(nodeId) === undefined)
      throw new KafkaError(
        "config",
        `broker ${nodeId} is replicating: call pauseReplication before it can leave the ISR`,
      );
    this.#each((replication) => {
      replication.drop(nodeId);
      return undefined;
    });
  }

  /** Moves the replicas of a broker that leaves to others, in turn, so that no single broker gets all. */
  moveReplicas(nodeId: number, others: readonly number[]): void {
    let next = 0;
    for (const topic of this.#host.topics.all) {
      for (const log of topic.partitions) {
        if (!log.replicas.includes(nodeId)) continue;
        const free = others.filter((id) => !log.replicas.includes(id));
        const heir = free[next++ % Math.max(1, free.length)];
        this.#change({ topic: topic.name, log }, (replication) =>
          heir === undefined
            ? replication.remove(nodeId, this.#nowMs)
            : replication.reassign(nodeId, heir, this.#nowMs),
        );
      }
    }
  }

  move(named: NamedLog, nodeId: number): void {
    const { replicas, replication } = named.log;
    this.#checkUp(named, nodeId);
    if (!replicas.includes(nodeId)) {
      this.#change(named, () => replication.reassign(replication.lastLeaderId, nodeId, this.#nowMs));
      this.#host.leaderChosen(named);
    } else this.elect(named, nodeId, false);
  }

  elect(named: NamedLog, nodeId: number, isUnclean: boolean): void {
    const {
      topic,
      log: { partition, replicas, isr, replication },
    } = named;
    this.#checkUp(named, nodeId);
    if (!replicas.includes(nodeId))
      throw new KafkaError(
        "config",
        `broker ${nodeId} has no replica of ${topic}-${partition}: brokers ${replicas.join(", ")} have one`,
        { topic, partition },
      );
    if (!isUnclean && !replication.canLead(nodeId))
      throw new KafkaError(
        "config",
        `broker ${nodeId} is not in the ISR of ${topic}-${partition} (${isr.join(", ")}): call ` +
          "resumeReplication, or electLeader with unclean, which loses records",
        { topic, partition },
      );
    this.#change(named, () => replication.elect(nodeId, this.#nowMs));
    this.#host.leaderChosen(named);
  }

  /** Begins to replace the replicas of a partition. New ones replicate after the delay, or from the next turn on. */
  reassign(named: NamedLog, replicas: readonly number[]): void {
    this.#change(named, (replication) => replication.reassignTo(replicas, this.#nowMs));
    this.#host.tasks.spawn(async (signal) => {
      const { runtime, reassignmentDelayMs = 0 } = this.#host;
      await (reassignmentDelayMs > 0 ? sleep(this.#host, reassignmentDelayMs, signal) : turn(runtime));
      this.#change(named, (replication) => replication.update(this.#nowMs));
      this.#host.leaderChosen(named);
    });
  }

  /** Ends the reassignment of a partition; its new replicas leave. */
  cancelReassignment(named: NamedLog): void {
    this.#change(named, (replication) => replication.cancelReassignment(this.#nowMs));
  }

  get #nowMs(): number {
    return this.#host.clock.monotonic();
  }

  #checkUp({ topic, log: { partition } }: NamedLog, nodeId: number): void {
    if (!this.#host.brokers.isUp(nodeId))
      throw new KafkaError("config", `broker ${nodeId} is stopped: it cannot lead ${topic}-${partition}`, {
        topic,
        partition,
      });
  }

  #each(change: (replication: Replication<StoredBatch>, nowMs: number) => Election | undefined): void {
    const nowMs = this.#nowMs;
    for (const topic of this.#host.topics.all)
      for (const log of topic.partitions)
        this.#change({ topic: topic.name, log }, (replication) => change(replication, nowMs));
  }

  /** Applies a change. Logs the records that an election truncated, as brokers do. */
  #change({ topic, log }: NamedLog, change: (replication: Replication<StoredBatch>) => Election | undefined): void {
    const election = log.changed(change);
    if (election === undefined || election.toOffset === election.fromOffset) return;
    this.#host.log?.({
      level: election.isClean ? "info" : "warn",
      message: "the new leader's log was shorter: records were lost",
      fields: { topic, partition: log.partition, ...election },
    });
  }

  /** While a broker lags, the ISR is checked every half of the maximum lag, as brokers do. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#host.tasks.spawn(async (signal) => {
      try {
        while (this.#host.brokers.hasPaused) {
          await sleep(this.#host, this.#maxLagMs / 2, signal);
          this.#each((replication, nowMs) => {
            replication.dropLagging(this.#maxLagMs, nowMs);
            return undefined;
          });
        }
      } finally {
        this.#isWatching = false;
      }
    });
  }
}
