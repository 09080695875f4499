import type { ConsumeTransformProduce } from "../../../src/exactly-once/handle.ts";
import type { InputOptions, Transform } from "../../../src/exactly-once/options.ts";
import type { KafkaError } from "../../../src/errors/kafka-error.ts";
import { consumeTransformProduce, Kafka } from "../../../src/node.ts";
import { nodeConnector } from "../../../src/platform/node/connector.ts";

/** One instance of an application that copies `in` to `out`, in a process of its own as far as the cluster can see. */
export class Instance {
  readonly pipe: ConsumeTransformProduce;
  readonly aborts: string[] = [];
  readonly #kafka: Kafka;
  readonly #streams = new Set<{ close(): void }>();
  #isCrashed = false;

  constructor(
    bootstrapServers: string,
    options: {
      readonly transactionalId: string;
      readonly groupId: string;
      readonly transform: Transform<Uint8Array, Uint8Array, string | Uint8Array, string | Uint8Array>;
      readonly consumer: InputOptions<Uint8Array, Uint8Array>;
      readonly maxRecords?: number;
      readonly maxMs?: number;
      readonly topic?: string;
      readonly transactionTimeoutMs?: number;
    },
  ) {
    const connector = nodeConnector();
    this.#kafka = new Kafka({
      bootstrapServers,
      requestTimeoutMs: 5000,
      onLog: () => undefined,
      connector: {
        connect: async (target, sink, o) => {
          if (this.#isCrashed) throw new Error("crashed");
          const stream = await connector.connect(target, sink, o);
          this.#streams.add(stream);
          return stream;
        },
      },
    });
    const { topic = "in", transactionTimeoutMs = 5000, ...more } = options;
    this.pipe = consumeTransformProduce(this.#kafka, {
      maxRecords: 100,
      maxMs: 20,
      topics: [topic],
      producer: { transactionTimeoutMs },
      onAborted: (error: KafkaError) => this.aborts.push(error.message),
      ...more,
    });
    this.pipe.ended.catch(() => undefined); // looked at in close()
  }

  /** Cut off without a word: an open transaction stays open, the group waits for its session to end. */
  crash(): void {
    this.#isCrashed = true;
    for (const stream of this.#streams) stream.close();
  }

  async close(): Promise<void> {
    await this.pipe.close(this.#isCrashed ? { timeoutMs: 500 } : {});
    await this.#kafka.close().catch(() => undefined);
    await this.pipe.ended;
  }
}
