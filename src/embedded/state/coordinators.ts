import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";

/** A coordinator is for groups or for transactions. */
export type CoordinatorKind = "group" | "transaction";

interface Place {
  /** −1: no broker is up. */
  leaderId: number;
  epoch: number;
  isLoading: boolean;
}

/** A partition of the coordinators that another broker has taken over. */
export interface Moved {
  readonly kind: CoordinatorKind;
  readonly partition: number;
  readonly epoch: number;
}

/**
 * The number of partitions of Kafka's internal topics. Java: `offsets.topic.num.partitions`,
 * `transaction.state.log.num.partitions`.
 */
export const COORDINATOR_PARTITIONS = 50;

const KINDS = ["group", "transaction"] as const;

/**
 * Which broker coordinates which key. The hash of a key gives a partition of an internal topic, and the leader of that
 * partition is the key's coordinator.
 */
export class Coordinators {
  readonly #places: Readonly<Record<CoordinatorKind, readonly Place[]>>;

  constructor(brokerIds: readonly number[]) {
    const places = (): Place[] =>
      Array.from({ length: COORDINATOR_PARTITIONS }, (_, i) => ({
        leaderId: brokerIds[i % brokerIds.length] ?? -1,
        epoch: 0,
        isLoading: false,
      }));
    this.#places = { group: places(), transaction: places() };
  }

  /** The partition of a group id or a transactional id, by Java's hash of a string. */
  partitionOf(key: string): number {
    let hash = 0;
    for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0;
    return (hash & 0x7fff_ffff) % COORDINATOR_PARTITIONS;
  }

  /** The node id of a key's coordinator; −1 if there is none. */
  of(kind: CoordinatorKind, key: string): number {
    return this.#place(kind, this.partitionOf(key)).leaderId;
  }

  /**
   * Rises with each change of the coordinator: work that was begun in an older epoch belongs to the new coordinator.
   */
  epochOf(kind: CoordinatorKind, key: string): number {
    return this.#place(kind, this.partitionOf(key)).epoch;
  }

  /** The error if a broker cannot coordinate a key now: another broker does, or it is still loading the state. */
  errorAt(kind: CoordinatorKind, key: string, nodeId: number): number {
    const { leaderId, isLoading } = this.#place(kind, this.partitionOf(key));
    if (leaderId !== nodeId) return ErrorCode.NOT_COORDINATOR;
    return isLoading ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : ErrorCode.NONE;
  }

  /** The error if a key has no coordinator now, for code that runs on the coordinator itself. */
  errorOf(kind: CoordinatorKind, key: string): number {
    const { leaderId } = this.#place(kind, this.partitionOf(key));
    return leaderId < 0 ? ErrorCode.COORDINATOR_NOT_AVAILABLE : this.errorAt(kind, key, leaderId);
  }

  /** The coordinator of the keys in a partition; −1 if there is none. */
  at(kind: CoordinatorKind, partition: number): number {
    return this.#place(kind, partition).leaderId;
  }

  /** Makes a broker the coordinator of all keys in a partition. */
  moveAt(kind: CoordinatorKind, partition: number, nodeId: number): Moved {
    return { kind, partition, epoch: this.#take(this.#place(kind, partition), nodeId) };
  }

  /** A broker was stopped: the next running broker becomes the coordinator of its keys. */
  stopped(nodeId: number, up: readonly number[]): readonly Moved[] {
    const next = up.find((id) => id > nodeId) ?? up[0] ?? -1;
    return this.#moveAll(nodeId, next);
  }

  /** A broker was started: it becomes the coordinator of the keys that have none. */
  started(nodeId: number): readonly Moved[] {
    return this.#moveAll(-1, nodeId);
  }

  /** Makes a broker the coordinator of a key, and of all keys of the same partition. */
  move(kind: CoordinatorKind, key: string, nodeId: number): Moved {
    return this.moveAt(kind, this.partitionOf(key), nodeId);
  }

  /** The new coordinator has loaded the state. Returns whether it still is the coordinator. */
  loaded({ kind, partition, epoch }: Moved): boolean {
    const place = this.#place(kind, partition);
    if (place.epoch !== epoch) return false;
    place.isLoading = false;
    return true;
  }

  #moveAll(from: number, to: number): readonly Moved[] {
    return KINDS.flatMap((kind) =>
      this.#places[kind].flatMap((place, partition) => {
        if (place.leaderId !== from) return [];
        return [{ kind, partition, epoch: this.#take(place, to) }];
      }),
    );
  }

  #take(place: Place, nodeId: number): number {
    place.leaderId = nodeId;
    place.epoch++;
    place.isLoading = true;
    return place.epoch;
  }

  #place(kind: CoordinatorKind, partition: number): Place {
    const place = this.#places[kind][partition];
    if (place === undefined)
      throw new KafkaError(
        "internal",
        `there is no partition ${partition} of coordinators, only ${COORDINATOR_PARTITIONS}`,
      );
    return place;
  }
}
