import type { PartitionQueue } from "../partition/partition-queue.ts";
import { Sink } from "./sink.ts";
import type { SinkHost } from "./sink-host.ts";

/** The sinks of a producer, one for each broker that leads a partition of its topics. */
export class Sinks {
  readonly #host: SinkHost;
  readonly #sinks = new Map<number, Sink>();

  constructor(host: SinkHost) {
    this.#host = host;
  }

  /** Assigns a partition's batches to the sink of its leader. Without a leader they wait, and metadata is refreshed. */
  assign(queue: PartitionQueue, leaderId: number): void {
    if (queue.sink?.nodeId === leaderId) return;
    const { client } = this.#host;
    const nowMs = client.clock.monotonic();
    if (leaderId < 0) {
      queue.moveTo(undefined, nowMs);
      if (queue.batches.length > 0) client.refreshMetadata();
      return;
    }
    const sink = this.#of(leaderId);
    queue.moveTo(sink, nowMs);
    if (queue.batches.length > 0) sink.kick();
  }

  /** Makes all of them look for something to send. */
  kickAll(): void {
    for (const sink of this.#sinks.values()) sink.kick();
  }

  #of(leaderId: number): Sink {
    let sink = this.#sinks.get(leaderId);
    if (sink === undefined) {
      sink = new Sink(leaderId, this.#host);
      this.#sinks.set(leaderId, sink);
    }
    return sink;
  }
}
