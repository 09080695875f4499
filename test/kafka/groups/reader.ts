import assert from "node:assert/strict";
import type { Consumer } from "../../../src/consumer/consumer.ts";
import type { ConsumerOptions } from "../../../src/consumer/options.ts";
import type { TopicPartition } from "../../../src/cluster/topic-partition.ts";
import type { KafkaBaseOptions } from "../../../src/kafka.ts";
import { Kafka } from "../../../src/node.ts";
import { nodeConnector } from "../../../src/platform/node/connector.ts";
import { text } from "../../client/world.ts";

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

/**
 * A member that reads for ever and remembers what happened to it; every record is checked to be of a partition that it
 * holds.
 */
export class Reader {
  readonly consumer: Consumer;
  readonly values: number[] = [];
  readonly held = new Set<string>();
  /** The arguments of the hook calls, in order. */
  readonly hooks: string[] = [];
  /** Events that must not have happened. */
  readonly wrongs: string[] = [];
  readonly logs: string[] = [];
  error: Error | undefined;
  readonly #kafka: Kafka;
  readonly #reading: Promise<void>;
  readonly #streams = new Set<{ close(): void }>();
  #isCrashed = false;
  #waiters: (() => void)[] = [];

  constructor(
    bootstrapServers: string,
    options: ConsumerOptions,
    handle: (value: number, reader: Reader) => Promise<void> | void = () => undefined,
    client: KafkaBaseOptions = {},
  ) {
    const connector = nodeConnector();
    // A connector of its own, so that it can crash: its connections are cut, and it makes no others.
    this.#kafka = new Kafka({
      ...client,
      bootstrapServers,
      onLog: ({ message }) => this.logs.push(message),
      connector: {
        connect: async (target, sink, o) => {
          if (this.#isCrashed) throw new Error("crashed");
          const stream = await connector.connect(target, sink, o);
          this.#streams.add(stream);
          return stream;
        },
      },
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
    this.consumer = this.#kafka.consumer({
      ...options,
      onAssigned: hook("assigned", options.onAssigned),
      onRevoked: hook("revoked", options.onRevoked),
      onLost: hook("lost", options.onLost),
    });
    this.#reading = this.#read(handle);
  }

  async #read(handle: (value: number, reader: Reader) => Promise<void> | void): Promise<void> {
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

  sorted(): number[] {
    return [...this.values].sort((a, b) => a - b);
  }

  async until(condition: (reader: Reader) => boolean): Promise<void> {
    while (!condition(this)) {
      if (this.error !== undefined) throw this.error;
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  static async untilAll(readers: readonly Reader[], condition: () => boolean): Promise<void> {
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
    await this.#kafka.close();
    if (this.error !== undefined) throw this.error;
  }

  checkHooks(): void {
    assert.deepEqual(this.wrongs, []);
    assert.ok(this.hooks.length > 0);
  }

  #changed(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }
}
