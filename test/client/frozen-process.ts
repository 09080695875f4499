// A client whose process is stopped for a while, in virtual time: no delay fires, and no event of a stream arrives.
import assert from "node:assert/strict";
import { Kafka, type KafkaBaseOptions } from "../../src/kafka.ts";
import type { AsyncRuntime, Delay } from "../../src/runtime/async-runtime.ts";
import type { ByteStream, Connector } from "../../src/runtime/byte-stream.ts";
import { dispose } from "../../src/runtime/dispose.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import type { World } from "./world.ts";

interface Link {
  readonly stream: ByteStream;
  readonly ended: () => void;
  isDead: boolean;
}

export class FrozenProcess {
  /** How often a connection was opened. */
  connections = 0;
  readonly #world: World;
  readonly #links = new Set<Link>();
  #thawMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  kafka(options: KafkaBaseOptions = {}): Kafka<AsyncRuntime> {
    const { platform, cluster } = this.#world;
    const { bootstrapServers } = cluster;
    const onLog = platform.log?.bind(platform) ?? ((): void => undefined);
    const connector = this.#connector;
    return new Kafka<AsyncRuntime>(
      { bootstrapServers, connector, onLog, ...options, runtime: this.#runtime },
      platform,
    );
  }

  /**
   * Stops the process. After `brokerIdleMs`, brokers close its connections: it learns of that after it goes on, behind
   * all delays that are due. `"silently"`: a middlebox has dropped them, and nothing tells so.
   */
  async freeze(durationMs: number, brokerIdleMs: number, how: "closed" | "silently" = "closed"): Promise<void> {
    const { platform } = this.#world;
    this.#thawMs = platform.clock.monotonic() + durationMs;
    if (durationMs > brokerIdleMs) {
      await sleep(platform, brokerIdleMs);
      for (const link of this.#links) {
        link.isDead = true;
        link.stream.close();
        if (how === "closed") link.ended();
      }
      this.#links.clear();
      await sleep(platform, durationMs - brokerIdleMs);
    } else await sleep(platform, durationMs);
  }

  get #frozenMs(): number {
    return this.#thawMs - this.#world.platform.clock.monotonic();
  }

  get #runtime(): AsyncRuntime {
    const { runtime, clock } = this.#world.platform;
    return {
      spawn: (task) => runtime.spawn(task),
      clock,
      delayFor: (ms): Delay => {
        let current: Delay = runtime.delayFor(ms);
        return {
          then: (elapsed) => {
            const fired = (): void => {
              const waitMs = this.#frozenMs;
              if (waitMs <= 0) {
                elapsed();
                return;
              }
              dispose(current);
              current = runtime.delayFor(waitMs);
              current.then(fired);
            };
            current.then(fired);
          },
          [Symbol.dispose]: () => dispose(current),
        };
      },
    };
  }

  get #connector(): Connector {
    const { connector, platform } = this.#world;
    return {
      connect: async (target, sink, options) => {
        this.connections++;
        let isClosed = false;
        const link: { -readonly [F in keyof Link]?: Link[F] } & { isDead: boolean } = { isDead: false };
        const stream = await connector.connect(
          target,
          {
            buffer: () => sink.buffer(),
            filled: (view) => {
              assert.ok(this.#frozenMs <= 0, "nothing arrives at an idle client");
              return sink.filled(view);
            },
            closed: (error) => {
              if (!isClosed) sink.closed(error);
            },
          },
          options,
        );
        link.stream = stream;
        link.ended = () => {
          platform.runtime.spawn(async () => {
            await sleep(platform, Math.max(0, this.#frozenMs) + 1);
            if (!isClosed) sink.closed();
          });
        };
        this.#links.add(link as Link);
        return {
          remote: stream.remote,
          // Data for a dead connection is lost without an error.
          write: (chunks) => (link.isDead ? Promise.resolve() : stream.write(chunks)),
          resume: () => stream.resume(),
          close: () => {
            isClosed = true;
            this.#links.delete(link as Link);
            stream.close();
          },
        };
      },
    };
  }
}
