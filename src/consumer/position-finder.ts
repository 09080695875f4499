import type { ClusterClient } from "../cluster/cluster-client.ts";
import { refreshesMetadata } from "../errors/broker-error.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Cancellation } from "../runtime/cancellation.ts";
import { DeadlineEntry } from "../runtime/deadline-wheel.ts";
import { WorkLoop } from "../runtime/work-loop.ts";
import type { Cursor, Seeking } from "./cursor.ts";
import { lookUpOffsets } from "./offset-lookup.ts";

/** What the finder needs of the fetcher. */
export interface PositionHost<K, V> {
  readonly client: ClusterClient;
  readonly isReadCommitted: boolean;
  isActive(): boolean;
  cursors(): Iterable<Cursor<K, V>>;
  found(cursor: Cursor<K, V>, offset: number): void;
  fail(error: KafkaError): void;
}

/** Finds the positions of cursors that have none, one request for each leader and kind of position. */
export class PositionFinder<K, V> extends DeadlineEntry {
  readonly #host: PositionHost<K, V>;
  readonly #loop: WorkLoop;
  #failures = 0;

  constructor(host: PositionHost<K, V>) {
    super();
    this.#host = host;
    this.#loop = new WorkLoop(host.client.tasks, (signal) => this.#work(signal));
  }

  kick(): void {
    this.#loop.kick();
  }

  override onDeadline(): void {
    this.#loop.kick();
  }

  async #work(signal: Cancellation): Promise<void> {
    const { client } = this.#host;
    if (!this.#host.isActive()) return;
    let failed = false;
    for (const [nodeId, where, cursors] of this.#groups()) {
      const generations = cursors.map((cursor) => cursor.generation);
      try {
        const results = await lookUpOffsets(client, nodeId, cursors, where, this.#host.isReadCommitted, signal);
        results.forEach(({ offset, error }, i) => {
          const cursor = cursors[i];
          if (cursor === undefined || cursor.generation !== generations[i]) return; // sought elsewhere meanwhile
          if (error === undefined) this.#host.found(cursor, offset);
          else failed = this.#failed(error) || failed;
        });
      } catch (error) {
        if (signal.aborted) return;
        failed = this.#failed(KafkaError.from(error)) || failed;
      }
    }
    if (!failed) this.#failures = 0;
    else client.deadlines.add(this, client.clock.monotonic() + client.backoffMs(this.#failures++));
  }

  /** Cursors without a position, by leader and kind. Those without a leader wait for metadata. */
  #groups(): readonly (readonly [nodeId: number, where: NonNullable<Seeking>, cursors: Cursor<K, V>[]])[] {
    const groups = new Map<string, readonly [number, NonNullable<Seeking>, Cursor<K, V>[]]>();
    for (const cursor of this.#host.cursors()) {
      const nodeId = cursor.source?.nodeId;
      if (cursor.seeking === undefined || nodeId === undefined) continue;
      const key = `${nodeId}/${cursor.seeking}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [nodeId, cursor.seeking, [cursor]]);
      else group[2].push(cursor);
    }
    return [...groups.values()];
  }

  /** Whether to try again. */
  #failed(error: KafkaError): boolean {
    if (!error.retriable && error.kind !== "connection") {
      this.#host.fail(error);
      return false;
    }
    if (error.code === undefined || refreshesMetadata(error.code)) this.#host.client.refreshMetadata();
    return true;
  }
}
