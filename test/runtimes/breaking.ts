// Runtimes that stop working at one of their calls, and a program that uses every part of a client.
import { consumeTransformProduce } from "../../src/exactly-once/consume-transform-produce.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { Kafka } from "../../src/kafka.ts";
import type { AsyncRuntime, Clock, Delay } from "../../src/runtime/async-runtime.ts";

type Timed = AsyncRuntime & { readonly clock: Clock };

/** The fault of the runtime. It happens `times` times, from the call with the index `at` on. */
export interface Break {
  readonly kind: "spawn throws" | "delayFor throws" | "delayFor returns nothing" | "a task is lost";
  readonly at: number;
  readonly times: number;
}

export interface BreakingRuntime extends AsyncRuntime {
  /** How often each method was called. */
  readonly calls: { spawn: number; delayFor: number };
  /** When its calls failed, in virtual ms. */
  readonly brokeMs: number[];
}

/** The runtime of `host`, which breaks. */
export function breakingRuntime(host: Timed, { kind, at, times }: Break): BreakingRuntime {
  const calls = { spawn: 0, delayFor: 0 };
  const isDue = (method: "spawn" | "delayFor"): boolean => {
    const index = calls[method]++;
    if ((kind === "delayFor throws" || kind === "delayFor returns nothing") !== (method === "delayFor")) return false;
    if (index < at || index >= at + times) return false;
    runtime.brokeMs.push(host.clock.monotonic());
    return true;
  };
  const runtime: BreakingRuntime = {
    calls,
    brokeMs: [],
    clock: host.clock,
    spawn: (task) => {
      if (!isDue("spawn")) host.spawn(task);
      else if (kind === "spawn throws") throw new Error("no more tasks");
    },
    delayFor: (ms) => {
      if (!isDue("delayFor")) return host.delayFor(ms);
      if (kind === "delayFor returns nothing") return undefined as unknown as Delay;
      throw new Error("no more timers");
    },
  };
  return runtime;
}

/** A call of the program: when it began and ended, and its error. */
export interface Call {
  readonly name: string;
  readonly beganMs: number;
  endedMs: number | undefined;
  error: unknown;
}

/** Notes the calls of a program. */
export class Calls {
  readonly all: Call[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Awaits a call. Its error is noted, and not thrown. */
  async note<T>(name: string, made: () => Promise<T>): Promise<T | undefined> {
    const call: Call = { name, beganMs: this.#clock.monotonic(), endedMs: undefined, error: undefined };
    this.all.push(call);
    try {
      return await made();
    } catch (error) {
      call.error = error;
      return undefined;
    } finally {
      call.endedMs = this.#clock.monotonic();
    }
  }
}

/** The text of an error and of its causes. */
export function textOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? ` < ${textOf(error.cause)}` : "";
  return KafkaError.is(error) ? `${error.kind}: ${error.message}${cause}` : `${String(error)}${cause}`;
}

/** The topics of the program. `read` must have 20 records. */
export const TOPICS = { read: 2, written: 1, transactional: 1 } as const;

/** Uses every part of a client; no part waits for another. Returns the number of acknowledged records. */
export async function everything(kafka: Kafka<AsyncRuntime>, calls: Calls): Promise<number> {
  let acknowledged = 0;
  const produce = async (): Promise<void> => {
    const producer = kafka.producer({ lingerMs: 5 });
    const sends = Array.from({ length: 20 }, (_, i) =>
      calls.note("send", () => producer.send({ topic: "written", value: `v${i}` })),
    );
    acknowledged += (await Promise.all(sends)).filter((sent) => sent !== undefined).length;
    await calls.note("enqueue", async () => {
      while (!producer.enqueue({ topic: "written", value: "enqueued" })) await producer.ready();
    });
    await calls.note("flush", () => producer.flush());
    await calls.note("partitionsFor", () => producer.partitionsFor("read"));
  };
  const transact = async (): Promise<void> => {
    const producer = kafka.producer({ transactionalId: "tx" });
    for (const value of ["one", "two"])
      await calls.note("transaction", () =>
        producer.transaction(async (tx) => {
          await tx.send({ topic: "transactional", value });
        }),
      );
  };
  const read = async (protocol: "classic" | "consumer"): Promise<void> => {
    const consumer = kafka.consumer({ groupId: `g-${protocol}`, topics: ["read"], groupProtocol: protocol });
    await calls.note(`loop of a ${protocol} member`, async () => {
      let count = 0;
      for await (const _ of consumer) if (++count === 15) break;
    });
    await calls.note("commit", () => consumer.commit());
    await calls.note("run", async () => {
      let count = 0;
      const enough = new AbortController();
      await consumer
        .run({ eachRecord: () => (++count === 5 ? enough.abort() : undefined), signal: enough.signal })
        .catch((error: unknown) => {
          if (!KafkaError.is(error) || error.kind !== "cancelled") throw error;
        });
    });
    await calls.note("lag", () => consumer.lag());
    await calls.note("unsubscribe", () => consumer.unsubscribe());
  };
  const process = async (): Promise<void> => {
    await calls.note("consumeTransformProduce", async () => {
      let count = 0;
      const running = consumeTransformProduce(kafka, {
        groupId: "eos",
        topics: ["read"],
        transactionalId: "eos",
        maxMs: 0,
        transform: (records) => {
          count += records.length;
          if (count >= 20) void running.stop();
          return records.map(({ value }) => ({ topic: "transactional", value }));
        },
      });
      await running.ended;
    });
  };
  const administer = async (): Promise<void> => {
    const admin = kafka.admin();
    await calls.note("createTopics", async () => (await admin.createTopics([{ topic: "made" }])).orThrow());
    await calls.note("describeCluster", () => admin.describeCluster());
    await calls.note("ping", () => kafka.ping());
  };
  await Promise.all([produce(), transact(), read("classic"), read("consumer"), process(), administer()]);
  return acknowledged;
}

/** Writes the records that the program reads. */
export async function fill(kafka: Kafka<AsyncRuntime>): Promise<void> {
  const producer = kafka.producer();
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => producer.send({ topic: "read", partition: i % 2, value: `r${i}` })),
  );
  await producer.close();
}
