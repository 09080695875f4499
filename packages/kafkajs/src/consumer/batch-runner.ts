import type { ConsumedBatch } from "odradek";
import { isRebalancing } from "../errors/protocol-error.ts";
import { Pause } from "../host-time.ts";
import type { RetrySettings } from "../retry/retry-options.ts";
import type { AssignedPartition, AssignedPartitions } from "./assigned-partitions.ts";
import { BatchWork, type BatchWorkHost } from "./batch-work.ts";
import { afterFailure } from "./handler-failures.ts";
import { HandlerSlots } from "./handler-slots.ts";
import { SharedCommits } from "./shared-commits.ts";

/** The parts of its consumer that a {@link BatchRunner} uses. */
export interface BatchRunnerHost extends BatchWorkHost {
  readonly retry: RetrySettings;
  /** Batches in the hands of handlers at once. */
  readonly concurrency: number;
  readonly partitions: AssignedPartitions;
  /** Facts for log lines. */
  readonly member: { readonly groupId: string; readonly memberId: string };
  /** The offset after the batches that were handed out last. */
  position(partition: AssignedPartition): number;
  /** Reads on at an offset. */
  moveTo(partition: AssignedPartition, offset: number): void;
  /** Joins the group again. */
  rejoin(): void;
  /** The consumer cannot continue. */
  crash(error: Error): void;
}

/** Hands batches to the user, and decides what follows when that fails. */
export class BatchRunner {
  readonly #of: BatchRunnerHost;
  /** The waits of handlers before their next try. */
  readonly #waits = new Set<Pause>();
  readonly #works = new Set<Promise<void>>();
  readonly #slots: HandlerSlots;
  readonly #commits: SharedCommits;

  constructor(of: BatchRunnerHost) {
    this.#of = of;
    this.#slots = new HandlerSlots(of.concurrency);
    this.#commits = new SharedCommits(of.host, async () => of.commits.automatic());
  }

  /**
   * All batches of a partition that have arrived. Never rejects. Resolves when they are committed; another partition's
   * handler begins before that: while a commit is under way, there is work to do.
   */
  async run(batches: readonly ConsumedBatch[]): Promise<void> {
    const [first] = batches;
    const partition = first && this.#of.partitions.get(first.topic, first.partition);
    if (first === undefined || partition === undefined || !this.#of.isRunning) return;
    const next = this.#of.position(partition);
    partition.committed ??= first.baseOffset;
    partition.isBusy = true;
    const work = this.#work(partition, new BatchWork(this.#of, partition, batches, next), next);
    this.#works.add(work);
    await work;
    partition.isBusy = false;
    this.#works.delete(work);
  }

  /** Handlers that wait for their next try wait no longer, and commits do not wait for more batches. */
  endWaits(): void {
    this.#commits.hurry();
    for (const wait of this.#waits) wait.end();
  }

  /** Resolves when no handler is at work. */
  async idle(): Promise<void> {
    while (this.#works.size > 0) await Promise.all(this.#works);
  }

  async #work(partition: AssignedPartition, work: BatchWork, next: number): Promise<void> {
    this.#commits.begun();
    const giveBack = await this.#slots.take();
    try {
      const mustCommit = await this.#handle(work);
      giveBack();
      if (mustCommit) await this.#commits.handled();
      work.throwIfInterrupted();
    } catch (error) {
      await this.#failed(partition, work, error);
    } finally {
      giveBack();
    }
    if (work.isStale) return;
    const at = partition.resolved ?? work.first;
    if (at !== next) this.#of.moveTo(partition, at);
  }

  /** Calls the handlers, unless the batch must be read again later. Returns whether it is to be committed. */
  async #handle(work: BatchWork): Promise<boolean> {
    let mustCommit = false;
    try {
      if (work.mayBegin) {
        await work.handle();
        mustCommit = this.#of.commits.isAutomatic;
      }
    } finally {
      if (!mustCommit) this.#commits.left();
    }
    return mustCommit;
  }

  async #failed(partition: AssignedPartition, work: BatchWork, error: unknown): Promise<void> {
    const { commits, logger, retry, host, member } = this.#of;
    const { type, message, stack } = (error ?? {}) as Partial<Error> & { readonly type?: unknown };
    if (work.isInterrupted || isRebalancing(error) || type === "UNKNOWN_MEMBER_ID") {
      await commits.automatic()?.catch(() => undefined);
      if (!work.isInterrupted) this.#of.rejoin();
      return;
    }
    if (!this.#of.isRunning) return;
    const after = afterFailure(error, partition, retry, () => host.random());
    if (after.then === "crash") {
      this.#of.crash(after.error);
      return;
    }
    const { failures: retryCount } = partition;
    const facts = { ...member, error: message, stack, retryCount, retryTime: after.waitMs };
    logger.debug("Error while scheduling fetch manager, trying again...", facts);
    partition.failures = after.failures;
    partition.retryTime = after.retryTime;
    await this.#wait(after.waitMs);
  }

  /** Waits, unless a stop or a rebalance ends the wait. */
  async #wait(ms: number): Promise<void> {
    const wait = new Pause(this.#of.host, ms);
    this.#waits.add(wait);
    await wait.done;
    this.#waits.delete(wait);
  }
}
