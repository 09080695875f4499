import type { AnyKafka } from "odradek";
import type { Host } from "../host.ts";
import { type PartitionMetadata, partitionMetadata } from "./partition-metadata.ts";

/** The versions of an API that a broker serves, by the number of the API: dd-trace reads those of Produce. */
export type ApiVersions = Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>;

/** The metadata of a cluster, as agents and assigners see it. It is read on request; Odradek has its own. */
export class ClusterMetadata {
  /** The last metadata; undefined before `connect`. */
  metadata: { readonly clusterId: string | undefined } | undefined;
  /** The versions of APIs; undefined before `connect`. */
  versions: ApiVersions | undefined;
  readonly #host: Pick<Host, "clock">;
  readonly #maxAgeMs: number;
  readonly #topics = new Map<string, PartitionMetadata[]>();
  #readAtMs: number | undefined;

  constructor(host: Pick<Host, "clock">, maxAgeMs = 300_000) {
    this.#host = host;
    this.#maxAgeMs = maxAgeMs;
  }

  /** A broker has answered. */
  opened(clusterId: string | undefined): void {
    this.metadata = { clusterId };
    // Odradek speaks to brokers from Kafka 0.11 on, which all have headers: Produce 3.
    this.versions = { 0: { minVersion: 3, maxVersion: 7 } };
  }

  /** The client was disconnected. */
  forget(): void {
    this.#readAtMs = undefined;
  }

  /** Adds topics to those in use. */
  add(topics: Iterable<string>): void {
    for (const topic of topics) if (!this.#topics.has(topic)) this.#topics.set(topic, []);
  }

  /** Reads the metadata of the topics in use, if it is old. */
  async refreshIfOld(kafka: AnyKafka): Promise<void> {
    const { clock } = this.#host;
    if (this.#readAtMs === undefined || clock.monotonic() - this.#readAtMs >= this.#maxAgeMs) await this.refresh(kafka);
  }

  /** Reads the metadata of the topics in use. */
  async refresh(kafka: AnyKafka): Promise<void> {
    const topics = [...this.#topics.keys()].map((name) => ({ name }));
    const { clusterId, topics: found } = await kafka.request("Metadata", { topics, allowAutoTopicCreation: false });
    this.metadata = { clusterId: clusterId ?? undefined };
    this.#readAtMs = this.#host.clock.monotonic();
    for (const { name, partitions } of found)
      if (name !== null && this.#topics.has(name)) {
        this.#topics.set(name, partitions.map(partitionMetadata));
      }
  }

  /** The partitions of a topic as they were last read. */
  partitionsOf(topic: string): PartitionMetadata[] {
    return [...(this.#topics.get(topic) ?? [])];
  }
}
