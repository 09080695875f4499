import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { countsOf, type LossReport } from "../sending/loss-report.ts";
import type { WaitingRecords } from "./waiting-records.ts";

/** While records wait it keeps the process alive, and says which are lost if the process ends all the same. */
export class ExitReport {
  readonly #client: ClusterClient;
  readonly #losses: LossReport;
  readonly #waiting: () => WaitingRecords;
  readonly #atExit = (): void => this.#say();
  /** Ends listening to the end of the process. */
  #forget: (() => void) | undefined;

  constructor(client: ClusterClient, losses: LossReport, waiting: () => WaitingRecords) {
    this.#client = client;
    this.#losses = losses;
    this.#waiting = waiting;
  }

  /** Records wait from now on. */
  hold(): void {
    this.#client.alive.hold();
    this.#forget = this.#client.cluster.options.onExit?.(this.#atExit);
  }

  /** None waits any more. */
  release(): void {
    this.#client.alive.release();
    this.#forget?.();
    this.#forget = undefined;
  }

  /** The process ends, and nobody can wait any longer. */
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
