import { PartitionMap } from "../../cluster/routing/partition-map.ts";
import { brokerError, isRetriable } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Clock } from "../../runtime/async-runtime.ts";
import type { TaskGroup } from "../../runtime/task-group.ts";
import { WorkLoop } from "../../runtime/work-loop.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";
import type { AddedPartition } from "./transaction-requests.ts";

/** The parts of the transaction that add partitions. */
export interface EnrolmentHost {
  readonly tasks: TaskGroup;
  readonly clock: Clock;
  /**
   * Asks the coordinator, in turn with other requests. Throws if the error is not retriable, or when the transaction
   * ends.
   */
  add(partitions: readonly PartitionQueue[]): Promise<readonly AddedPartition[]>;
  /** Waits before the coordinator is asked again about partitions that it could not add yet. */
  pause(tried: number): Promise<void>;
  /** The coordinator could not add a partition yet. */
  tried(error: KafkaError): void;
  failed(error: KafkaError): void;
}

/**
 * Protocol 1: adds partitions to the transaction. Partitions that are needed in the same turn, or while a request is in
 * flight, go into one request. Nothing is sent to a partition until it has been added.
 */
export class PartitionEnrolment {
  readonly #host: EnrolmentHost;
  readonly #loop: WorkLoop;
  readonly #wanted = new Set<PartitionQueue>();
  readonly #added = new Set<PartitionQueue>();

  constructor(host: EnrolmentHost) {
    this.#host = host;
    this.#loop = new WorkLoop(host.tasks, () => this.#work());
  }

  enlist(queue: PartitionQueue): void {
    if (this.#added.has(queue) || this.#wanted.has(queue)) return;
    queue.awaitTransaction(this.#host.clock.monotonic());
    this.#wanted.add(queue);
    this.#loop.kick();
  }

  /** The transaction is over: the next one begins without partitions. */
  reset(): void {
    this.#wanted.clear();
    this.#added.clear();
  }

  async #work(): Promise<void> {
    let tried = 0;
    let later: readonly PartitionQueue[] = [];
    while (this.#wanted.size > 0) {
      const asked = [...this.#wanted].filter((queue) => !later.includes(queue));
      if (asked.length === 0) {
        await this.#host.pause(tried++).catch(() => undefined);
        later = [];
        continue;
      }
      try {
        later = [...later, ...this.#take(asked, await this.#host.add(asked))];
      } catch (error) {
        this.#wanted.clear();
        this.#host.failed(KafkaError.from(error));
        return;
      }
    }
  }

  /** Releases the partitions that were added; returns those that must be asked for again. */
  #take(asked: readonly PartitionQueue[], answers: readonly AddedPartition[]): readonly PartitionQueue[] {
    const later: PartitionQueue[] = [];
    const codes = new PartitionMap<number>();
    for (const answer of answers) codes.set(answer, answer.errorCode);
    for (const queue of asked) {
      const code = codes.get(queue) ?? ErrorCode.OPERATION_NOT_ATTEMPTED;
      if (code === ErrorCode.OPERATION_NOT_ATTEMPTED) continue;
      if (code !== 0) {
        const error = brokerError(code, `cannot add ${queue.topic}-${queue.partition} to the transaction`, {
          topic: queue.topic,
          partition: queue.partition,
        });
        if (!isRetriable(code)) throw error;
        this.#host.tried(error);
        later.push(queue);
        continue;
      }
      this.#wanted.delete(queue);
      this.#added.add(queue);
      queue.added(this.#host.clock.monotonic());
      queue.sink?.kick();
    }
    return later.length === 0 && asked.every((queue) => this.#wanted.has(queue)) ? asked : later;
  }
}
