import { utf8Encode } from "../wire/utf8.ts";
import { uuidText } from "../wire/uuid.ts";
import type { LeadershipControl, NamedLog } from "./leadership-control.ts";
import type { BrokerInfo } from "./state/broker-info.ts";
import { COORDINATOR_PARTITIONS, type CoordinatorKind, type Coordinators, type Moved } from "./state/coordinators.ts";
import type { PartitionLog } from "./state/partition-log.ts";
import { OFFSETS_TOPIC, TRANSACTIONS_TOPIC, coordinatorKindOf } from "./state/internal-topic-names.ts";
import type { Topics } from "./state/topics.ts";

const SEGMENT_BYTES = "104857600";
/** Java: `transaction.state.log.min.isr`. */
const MIN_ISR = 2;

/** The parts of the cluster that these topics are made from. */
export interface InternalTopicsHost {
  readonly topics: Topics;
  readonly coordinators: Coordinators;
  readonly leadership: LeadershipControl;
  readonly defaultReplicationFactor: number;
  /** The brokers that are up. */
  brokers(): readonly BrokerInfo[];
}

/**
 * Kafka's topics of groups and transactions. They exist from the first FindCoordinator of their kind on. The leader of
 * a partition is the coordinator of the keys in it. Their logs are empty, because the state is kept elsewhere.
 */
export class InternalTopics {
  readonly #state: () => InternalTopicsHost;
  /** Continues the work of coordinators that have moved. */
  readonly #moved: (all: readonly Moved[]) => void;
  #created = 0;

  constructor(state: () => InternalTopicsHost, moved: (all: readonly Moved[]) => void) {
    this.#state = state;
    this.#moved = moved;
  }

  /** Creates the topic of a kind of coordinator, unless it exists. */
  ensure(kind: CoordinatorKind): void {
    const state = this.#state();
    const { topics, coordinators, defaultReplicationFactor } = state;
    const name = kind === "group" ? OFFSETS_TOPIC : TRANSACTIONS_TOPIC;
    if (topics.byName(name) !== undefined) return;
    const up = state.brokers().map(({ nodeId }) => nodeId);
    const factor = Math.min(defaultReplicationFactor, up.length);
    if (factor === 0) return;
    const assigned = Array.from({ length: COORDINATOR_PARTITIONS }, (_, i) => {
      const first = Math.max(0, up.indexOf(coordinators.at(kind, i)));
      return Array.from({ length: factor }, (__, k) => up[(first + k) % up.length] ?? 0);
    });
    const configs = kind === "group" ? offsetsConfigs() : transactionsConfigs(factor);
    topics.create(name, COORDINATOR_PARTITIONS, factor, up, configs, assigned, this.#newId());
  }

  /** Brokers have come or gone, and coordinators may have moved: partitions get the same leaders. */
  follow(): void {
    const { coordinators, leadership } = this.#state();
    this.#each((kind, named) => {
      const coordinator = coordinators.at(kind, named.log.partition);
      if (named.log.leaderId === coordinator || coordinator < 0) return;
      if (named.log.replication.canLead(coordinator)) leadership.elect(named, coordinator, false);
      else this.#take(kind, named.log);
    });
  }

  /** The leader of a partition may have been changed by a request: it coordinates the keys from now on. */
  leaderChanged({ topic, log }: NamedLog): void {
    const kind = coordinatorKindOf(topic);
    if (kind !== undefined && log.partition < COORDINATOR_PARTITIONS) this.#take(kind, log);
  }

  /** The partition of a key, if its topic exists. */
  logOf(kind: CoordinatorKind, key: string): NamedLog | undefined {
    const { topics, coordinators } = this.#state();
    const topic = kind === "group" ? OFFSETS_TOPIC : TRANSACTIONS_TOPIC;
    const log = topics.byName(topic)?.partitions[coordinators.partitionOf(key)];
    return log === undefined ? undefined : { topic, log };
  }

  #take(kind: CoordinatorKind, { partition, leaderId }: PartitionLog): void {
    const { coordinators } = this.#state();
    if (leaderId < 0 || coordinators.at(kind, partition) === leaderId) return;
    this.#moved([coordinators.moveAt(kind, partition, leaderId)]);
  }

  #each(visit: (kind: CoordinatorKind, named: NamedLog) => void): void {
    for (const kind of ["group", "transaction"] as const) {
      const topic = kind === "group" ? OFFSETS_TOPIC : TRANSACTIONS_TOPIC;
      const partitions = this.#state().topics.byName(topic)?.partitions ?? [];
      for (const log of partitions.slice(0, COORDINATOR_PARTITIONS)) visit(kind, { topic, log });
    }
  }

  /** An id that no other topic has. It is not random, so that a simulation draws the same numbers as without it. */
  #newId(): string {
    const id = utf8Encode("odradek-internal");
    id[id.length - 1] = ++this.#created;
    return uuidText(id, 0);
  }
}

function offsetsConfigs(): ReadonlyMap<string, string> {
  return new Map([
    ["cleanup.policy", "compact"],
    ["compression.type", "producer"],
    ["segment.bytes", SEGMENT_BYTES],
  ]);
}

function transactionsConfigs(factor: number): ReadonlyMap<string, string> {
  return new Map([
    ["cleanup.policy", "compact"],
    ["compression.type", "uncompressed"],
    ["min.insync.replicas", String(Math.min(MIN_ISR, factor))],
    ["segment.bytes", SEGMENT_BYTES],
    ["unclean.leader.election.enable", "false"],
  ]);
}
