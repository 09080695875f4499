import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { ProducerRecord } from "../partition/delivery.ts";
import { notOfferedAgain } from "./intake-errors.ts";
import type { MemoryGate } from "./memory-gate.ts";
import type { PreparedRecord, RecordPreparer } from "./record-preparer.ts";
import { RefusalWatch } from "./refusal-watch.ts";

/** The room for records of `enqueue`, which does not wait for it: `ready` does. */
export class EnqueueRoom<K, V> {
  readonly #client: ClusterClient;
  readonly #gate: MemoryGate;
  readonly #preparer: RecordPreparer<K, V>;
  readonly #refusals: RefusalWatch;
  #refusedBytes = 0;

  constructor(client: ClusterClient, gate: MemoryGate, preparer: RecordPreparer<K, V>) {
    this.#client = client;
    this.#gate = gate;
    this.#preparer = preparer;
    this.#refusals = new RefusalWatch((topic) => client.cluster.log("warn", notOfferedAgain(topic)));
  }

  /**
   * The parts of a record, which have taken their room; undefined if there is none. `given` is the caller's object.
   * Throws if the record is not valid.
   */
  admit(given: ProducerRecord<K, V>, record: ProducerRecord<K, V>): PreparedRecord | undefined {
    const p = this.#preparer.prepare(record);
    if (this.#refusals.isWatching) this.#refusals.offered(given, p);
    if (!this.#gate.hasRoom(p.bytes)) {
      this.#refusedBytes = p.bytes;
      this.#refusals.refused(given, p);
      return undefined;
    }
    this.#gate.take(p.bytes);
    return p;
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
