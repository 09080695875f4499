// A member of a consumer group in virtual time, that remembers what happened to it.
import assert from "node:assert/strict";
import type { Consumer } from "../../src/consumer/consumer.ts";
import type { ConsumerOptions } from "../../src/consumer/options.ts";
import type { TopicPartition } from "../../src/cluster/topic-partition.ts";
import { type World, text } from "./world.ts";

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;
type Handle = (value: number, reader: GroupReader) => Promise<void> | void;

/** Reads for ever; every record is checked to be of a partition that it holds, and every hook to alternate. */
export class GroupReader {
  readonly consumer: Consumer;
  readonly values: number[] = [];
  readonly held = new Set<string>();
  /** The arguments of the hook calls, in order. */
  readonly hooks: string[] = [];
  /** Events that must not have happened. */
  readonly wrongs: string[] = [];
  error: Error | undefined;
  readonly #reading: Promise<void>;
  readonly #streams = new Set<{ close(): void }>();
  #isCrashed = false;
  #waiters: (() => void)[] = [];

  constructor({ cluster, client }: World, options: ConsumerOptions, handle: Handle = () => undefined) {
    const { connector } = cluster;
    // A connector of its own, so that it can crash: its connections are cut, and it makes no others.
    const connect = async (...[target, sink, o]: Parameters<NonNullable<typeof connector>["connect"]>) => {
      if (this.#isCrashed || connector === undefined) throw new Error("crashed");
      const stream = await connector.connect(target, sink, o);
      this.#streams.add(stream);
      return stream;
    };
    const kafka = client({
      cluster: { bootstrapServers: cluster.bootstrapServers, connector: { connect } },
      onLog: () => undefined,
    });
    const hook =
      (what: string, user: ConsumerOptions["onAssigned"]) =>
      async (partitions: readonly TopicPartition[]): Promise<void> => {
        for (const one of partitions.map(keyOf)) {
          this.hooks.push(`${what} ${one}`);
          if ((what === "assigned") === this.held.has(one))
            this.wrongs.push(`${what} ${one} while it is ${this.held.has(one) ? "" : "not "}held`);
          if (what === "assigned") this.held.add(one);
        }
        await user?.(partitions);
        if (what !== "assigned") for (const one of partitions.map(keyOf)) this.held.delete(one);
        this.#changed();
      };
    this.consumer = kafka.consumer({
      ...options,
      onAssigned: hook("assigned", options.onAssigned),
      onRevoked: hook("revoked", options.onRevoked),
      onLost: hook("lost", options.onLost),
    });
    this.#reading = this.#read(handle);
  }

  sorted(): number[] {
    return [...this.values].sort((a, b) => a - b);
  }

  until(condition: (reader: GroupReader) => boolean): Promise<void> {
    return GroupReader.untilAll([this], () => condition(this));
  }

  static async untilAll(readers: readonly GroupReader[], condition: () => boolean): Promise<void> {
    while (!condition()) {
      for (const reader of readers) if (reader.error !== undefined) throw reader.error;
      await Promise.race(readers.map((reader) => new Promise<void>((resolve) => reader.#waiters.push(resolve))));
    }
  }

  /** Cut off without a word. */
  crash(): void {
    this.#isCrashed = true;
    for (const stream of this.#streams) stream.close();
  }

  async close(): Promise<void> {
    await this.consumer.close(this.#isCrashed ? { timeoutMs: 1000 } : {});
    await this.#reading;
    if (this.error !== undefined) throw this.error;
  }

  checkHooks(): void {
    assert.deepEqual(this.wrongs, []);
    assert.ok(this.hooks.length > 0);
  }

  async #read(handle: Handle): Promise<void> {
    try {
      for await (const record of this.consumer) {
        const value = Number(text(record.value));
        if (!this.held.has(keyOf(record)))
          this.wrongs.push(`${value} of ${keyOf(record)} was delivered while it is not held`);
        await handle(value, this);
        this.values.push(value);
        this.#changed();
      }
    } catch (error) {
      this.error = error instanceof Error ? error : new Error(String(error));
      this.#changed();
    }
  }

  #changed(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}
