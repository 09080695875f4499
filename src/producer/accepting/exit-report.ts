import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { countsOf, type LossReport } from "../sending/loss-report.ts";
import type { WaitingRecords } from "./waiting-records.ts";

/** Keeps the process alive while records wait. If the process ends anyway, logs which records may be lost. */
export class ExitReport {
  readonly #client: ClusterClient;
  readonly #losses: LossReport;
  readonly #waiting: () => WaitingRecords;
  readonly #atExit = (): void => this.#say();
  /** Stops listening for the end of the process. */
  #forget: (() => void) | undefined;

  constructor(client: ClusterClient, losses: LossReport, waiting: () => WaitingRecords) {
    this.#client = client;
    this.#losses = losses;
    this.#waiting = waiting;
  }

  /** Records have begun to wait. */
  hold(): void {
    this.#client.alive.hold();
    this.#forget = this.#client.cluster.options.onExit?.(this.#atExit);
  }

  /** No record waits any more. */
  release(): void {
    this.#client.alive.release();
    this.#forget?.();
    this.#forget = undefined;
  }

  /** The process ends before the records were acknowledged. */
  #say(): void {
    this.#losses.say();
    const { counts: topics, oldestError: why } = this.#waiting();
    if (topics.size === 0) return;
    this.#client.cluster.log(
      "warn",
      `the process ends before ${countsOf(topics)} were acknowledged; they may be ` +
        `lost${why === undefined ? "" : `: ${why.message}`}. Await close() of the producer before the process ends`,
    );
  }
}
