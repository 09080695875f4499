import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";

/** What is coordinated: groups, or transactions. */
export type CoordinatorKind = "group" | "transaction";

interface Place {
  /** −1: no broker is up. */
  leaderId: number;
  epoch: number;
  isLoading: boolean;
}

/** A part of the coordinators' work that a broker has taken over. */
export interface Moved {
  readonly kind: CoordinatorKind;
  readonly partition: number;
  readonly epoch: number;
}

/**
 * As many as Kafka's internal topics have. Java: `offsets.topic.num.partitions`,
 * `transaction.state.log.num.partitions`.
 */
export const COORDINATOR_PARTITIONS = 50;

const KINDS = ["group", "transaction"] as const;

/**
 * Which broker coordinates what: a key belongs to a partition of an internal topic by its hash, and whoever leads that
 * is its coordinator.
 */
export class Coordinators {
  readonly #places: Readonly<Record<CoordinatorKind, readonly Place[]>>;

  constructor(brokers: number) {
    const places = (): Place[] =>
      Array.from({ length: COORDINATOR_PARTITIONS }, (_, i) => ({ leaderId: i % brokers, epoch: 0, isLoading: false }));
    this.#places = { group: places(), transaction: places() };
  }

  /** The partition of a group's or a transactional id, by Java's hash of its text. */
  partitionOf(key: string): number {
    let hash = 0;
    for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0;
    return (hash & 0x7fff_ffff) % COORDINATOR_PARTITIONS;
  }

  /** The broker that coordinates a key; −1 for none. */
  of(kind: CoordinatorKind, key: string): number {
    return this.#place(kind, this.partitionOf(key)).leaderId;
  }

  /** Grows with each change of the coordinator: what an older one began is another's now. */
  epochOf(kind: CoordinatorKind, key: string): number {
    return this.#place(kind, this.partitionOf(key)).epoch;
  }

  /** Why a broker cannot coordinate a key now: it is another's, or it is still reading what its predecessor wrote. */
  errorAt(kind: CoordinatorKind, key: string, nodeId: number): number {
    const { leaderId, isLoading } = this.#place(kind, this.partitionOf(key));
    if (leaderId !== nodeId) return ErrorCode.NOT_COORDINATOR;
    return isLoading ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : ErrorCode.NONE;
  }

  /** Why nobody can coordinate a key now, as brokers see it that ask its coordinator themselves. */
  errorOf(kind: CoordinatorKind, key: string): number {
    const { leaderId } = this.#place(kind, this.partitionOf(key));
    return leaderId < 0 ? ErrorCode.COORDINATOR_NOT_AVAILABLE : this.errorAt(kind, key, leaderId);
  }

  /** A broker is gone: the next one that is up takes over what it coordinated. */
  stopped(nodeId: number, up: readonly number[]): readonly Moved[] {
    const next = up.find((id) => id > nodeId) ?? up[0] ?? -1;
    return this.#moveAll(nodeId, next);
  }

  /** A broker is up: it takes over what nobody coordinates. */
  started(nodeId: number): readonly Moved[] {
    return this.#moveAll(-1, nodeId);
  }

  /** Makes a broker the coordinator of a key, and of what shares its partition. */
  move(kind: CoordinatorKind, key: string, nodeId: number): Moved {
    const partition = this.partitionOf(key);
    const place = this.#place(kind, partition);
    return { kind, partition, epoch: this.#take(place, nodeId) };
  }

  /** The new coordinator has read what its predecessor wrote; answers whether it still is the coordinator. */
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
