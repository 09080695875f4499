import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { MemoryGate } from "./memory-gate.ts";
import type { PreparedRecord } from "./record-preparer.ts";
import type { RefusalWatch } from "./refusal-watch.ts";

/** Records of `enqueue` for which there was no room: `enqueue` does not wait for it, `ready` does. */
export class EnqueueRoom {
  readonly #client: ClusterClient;
  readonly #gate: MemoryGate;
  readonly #refusals: RefusalWatch;
  #refusedBytes = 0;

  constructor(client: ClusterClient, gate: MemoryGate, refusals: RefusalWatch) {
    this.#client = client;
    this.#gate = gate;
    this.#refusals = refusals;
  }

  /** There was no room for this record, which the caller passed as `given`. */
  refused(given: object, p: PreparedRecord): false {
    this.#refusedBytes = p.bytes;
    this.#refusals.refused(given, p);
    return false;
  }

  /** Resolves when there is room for the last record that was refused. */
  async ready(signal: AbortSignalLike | undefined): Promise<void> {
    const bytes = this.#refusedBytes;
    this.#refusals.waits();
    try {
      await this.#gate.acquire(bytes, undefined, this.#client.shared(signal));
      this.#gate.free(bytes);
    } finally {
      this.#refusals.waited();
    }
  }
}
