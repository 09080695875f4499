import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Cursor } from "../partitions/cursor.ts";
import { backOff, leaderMissing } from "../partitions/cursor-wait.ts";
import { nodeToRead } from "../partitions/node-to-read.ts";
import { Source, type SourceHost } from "./source.ts";

/**
 * The broker that each partition is read from: its leader, or a replica that the leader named. There is one source for
 * each broker.
 */
export class Routes<K, V> {
  readonly #client: ClusterClient;
  readonly #host: SourceHost<K, V>;
  readonly #sources = new Map<number, Source<K, V>>();

  constructor(host: SourceHost<K, V>) {
    this.#client = host.client;
    this.#host = host;
  }

  /** Assigns a partition to the source of its broker. */
  assign(cursor: Cursor<K, V>): void {
    const nodeId = nodeToRead(this.#client, cursor);
    if (cursor.source?.nodeId === nodeId) return;
    if (nodeId >= 0) {
      cursor.assignTo(this.#source(nodeId));
      return;
    }
    cursor.assignTo(undefined);
    this.#client.refreshMetadata();
    if (this.#host.handOut.isActive) leaderMissing(this.#client, cursor);
  }

  #source(nodeId: number): Source<K, V> {
    const known = this.#sources.get(nodeId);
    if (known !== undefined) return known;
    const source = new Source<K, V>(nodeId, this.#host);
    this.#sources.set(nodeId, source);
    return source;
  }

  /**
   * The leader has named a nearer replica. It is used until metadata expires, as in Java; then the leader is asked
   * again.
   */
  prefer(cursor: Cursor<K, V>, nodeId: number): void {
    const { snapshot, clock, cluster } = this.#client;
    if (!snapshot.brokers.has(nodeId)) {
      this.#client.refreshMetadata();
      return;
    }
    cursor.route.replica.prefer(nodeId, clock.monotonic() + cluster.settings.metadataMaxAgeMs);
    this.assign(cursor);
    cursor.source?.kick();
  }

  /** Goes back to the leader. Returns whether the partition was read from a replica. */
  leaveReplica(cursor: Cursor<K, V>): boolean {
    if (!cursor.route.replica.leave()) return false;
    this.assign(cursor);
    backOff(this.#client, cursor); // the leader may name the same replica again at once
    cursor.source?.kick();
    return true;
  }

  /** A response was damaged: the next fetch goes to the leader. */
  distrust(cursor: Cursor<K, V>): void {
    cursor.route.replica.leave();
    this.assign(cursor);
  }

  kick(): void {
    for (const source of this.#sources.values()) source.kick();
  }
}
