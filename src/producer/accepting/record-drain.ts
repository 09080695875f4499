import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { TimeLimit } from "../../cluster/time-limit.ts";
import type { AbortSignalLike, Cancellation } from "../../runtime/cancellation.ts";
import type { PacedWork } from "../../runtime/paced-work.ts";
import type { DeliveryLedger } from "../sending/ledger.ts";
import type { Accumulator } from "./accumulator.ts";

/** The parts of a producer that {@link RecordDrain} waits for. */
export interface RecordDrainParts {
  readonly client: ClusterClient;
  readonly maxBlockMs: number;
  readonly accumulator: Accumulator;
  readonly ledger: DeliveryLedger;
  readonly paced: PacedWork;
  /** Settles when the running `prepare` calls of serdes have settled; undefined if none runs. */
  readonly preparing: () => Promise<void> | undefined;
  /** Settles when no `send` waits for room; undefined if none waits. */
  readonly waitingForRoom: () => Promise<void> | undefined;
}

/** Waits until every record accepted so far is written or has failed. */
export class RecordDrain {
  readonly #parts: RecordDrainParts;

  constructor(parts: RecordDrainParts) {
    this.#parts = parts;
  }

  /** Waits for at most `timeoutMs`. */
  atMost(timeoutMs: number, what: string, signal?: AbortSignalLike): Promise<void> {
    const { accumulator, client } = this.#parts;
    return TimeLimit.around(
      client,
      {
        timeoutMs,
        what: `cannot ${what} in time: records are still on their way`,
        cause: () => accumulator.waiting.oldestError,
        signal,
      },
      (limit) => this.within(limit),
    );
  }

  async within(limit: TimeLimit): Promise<void> {
    const { accumulator, ledger, paced, preparing, waitingForRoom } = this.#parts;
    const relax = accumulator.hurry();
    try {
      // Records that wait for `prepare`, or for metadata, are in no batch yet.
      const unprepared = preparing();
      if (unprepared !== undefined) await limit.wait(unprepared);
      for (let sent = waitingForRoom(); sent !== undefined; sent = waitingForRoom()) await limit.wait(sent);
      if (!paced.isIdle) await limit.wait(paced.done()); // records that are being placed or let in
      if (accumulator.waiting.isHolding) await limit.wait(this.#heldPlaced(limit.signal));
      await limit.wait(ledger.settledUpTo(accumulator.fates.lastBatchId));
    } finally {
      relax();
    }
  }

  /** Resolves when no record waits for metadata any more: each was placed or has failed. */
  async #heldPlaced(limit: Cancellation): Promise<void> {
    const { accumulator, client, maxBlockMs } = this.#parts;
    const far = client.clock.monotonic() + maxBlockMs * 2;
    while (accumulator.waiting.isHolding && !limit.aborted) {
      await client
        .awaitMetadata(() => !accumulator.waiting.isHolding, {
          deadlineMs: far,
          what: "metadata of the topics that records wait for",
          wait: "none",
          signal: limit,
        })
        .catch(() => undefined);
    }
  }
}
