// Random calls of the public API, right and wrong ones at the same time, by seed, while brokers stop at random times.
// Invariants:
//     - each call settles within its limit, at the latest when its client is closed; no call ends the process;
//     - it fails with a KafkaError of a kind other than `internal`, or with the error of the application's callback;
//     - a wrong argument is refused at once, and has no effect;
//     - `close()` ends in time; a record that `send` resolved is in the topic once.
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { Kafka } from "../../src/kafka.ts";
import type { Scenario } from "../../src/simulation/scenario.ts";
import type { World } from "../../src/simulation/world.ts";
import { text } from "../client/world.ts";
import { GROUP, PARTITIONS, Stage, TOPIC } from "./random-calls/stage.ts";
import { stateOf } from "./random-calls/state.ts";
import { type Call, type Table, tableOf } from "./random-calls/table.ts";
import { pick, Whim } from "./random-calls/values.ts";

const CALLS = 150;
/** Added to every limit: scheduling, slow links and brokers. */
const SLACK_MS = 4000;
/** A wrong argument is refused before any wait. */
const AT_ONCE_MS = 100;
const CLOSE_MS = 3000;
/**
 * How long a callback of the application may still take: `transaction` and `run` wait for theirs, also when the client
 * is closed.
 */
const CALLBACKS_MS = 1000;
/**
 * The kinds with which a call may refuse a wrong argument: others than `config` if its client is closed, its
 * transaction lost, or its signal has already fired.
 */
const REFUSALS: readonly string[] = ["config", "serialization", "closed", "abortable", "fenced", "cancelled"];
/**
 * The text of a `config` error when it is not the method's name: options name themselves, and records are called
 * records.
 */
const SAYS: Readonly<Record<string, RegExp>> = {
  "Kafka.producer": /^a producer|^[a-zA-Z0-9]+ (takes|needs|cannot be read)/,
  "Kafka.consumer": /^a consumer|^[a-zA-Z]+ (takes|is an option|cannot be read)|partitionAssignmentStrategy/,
  "functions.new Kafka": /^Kafka|^[a-zA-Z]+ (takes|cannot be read)/,
  "functions.EmbeddedCluster.start": /^EmbeddedCluster/,
  "functions.consumeTransformProduce":
    /consumeTransformProduce|^a (consumer|producer)|^[a-zA-Z]+ (takes|cannot be read)/,
  "functions.sendAll": /sendAll|record|transaction/,
  "Producer.send": /record|transaction|send/,
  "Producer.enqueue": /record|transaction/,
  "Transaction.send": /record|transaction|send/,
  "Transaction.enqueue": /record|transaction/,
  "Transaction.ready": /ready|transaction/,
  "Producer.sendOffsets": /sendOffsets|transaction/,
  "Transaction.sendOffsets": /sendOffsets|transaction/,
};

/** `tried` gets the name of each call, and whether its arguments were right. */
export function randomCalls(
  options: {
    readonly Client?: typeof Kafka;
    readonly tried?: (name: string, isWrong: boolean, args: readonly unknown[]) => void;
  } = {},
): Scenario {
  return {
    brokers: 3,
    topics: { [TOPIC]: PARTITIONS },
    replicaLagTimeMaxMs: 1000,
    groups: { initialRebalanceDelayMs: 100 },
    faults: {
      untilMs: 12_000,
      most: 6,
      kinds: ["broker-down", "reset", "cut", "refuse", "leader-move", "lost-reply", "lost-request", "slow-broker"],
    },
    limitMs: 600_000,
    run: async (world) => {
      const stage = new Stage(world, options.Client ?? Kafka);
      await stage.addCluster();
      const caller = new Caller(stage, options.tried);
      for (let i = 0; i < CALLS; i++) {
        caller.callAny();
        await world.sleep(stage.random.below(3) === 0 ? stage.random.below(300) : 0);
      }
      await closeAll(world, stage);
      await caller.allSettled();
      await world.healed();
      await checkLog(world, stage);
      await checkEffects(world, stage);
    },
  };
}

/** Makes calls, and checks the outcome of each. */
class Caller {
  readonly #stage: Stage;
  readonly #table: Table;
  readonly #names: readonly (readonly [className: string, member: string])[];
  readonly #pending = new Map<object, string>();
  readonly #tried: ((name: string, isWrong: boolean, args: readonly unknown[]) => void) | undefined;

  constructor(stage: Stage, tried: ((name: string, isWrong: boolean, args: readonly unknown[]) => void) | undefined) {
    this.#stage = stage;
    this.#table = tableOf(stage);
    this.#tried = tried;
    this.#names = Object.entries(this.#table).flatMap(([className, members]) =>
      Object.keys(members).map((member) => [className, member] as const),
    );
  }

  callAny(): void {
    const { random } = this.#stage;
    const [className, member] = pick(random, this.#names);
    const call = this.#table[className]?.[member];
    if (call === undefined || typeof call === "string") return;
    const isWrong = call.args.length > 0 && random.below(5) < 2;
    const receiver = call.on(random, isWrong);
    if (receiver === undefined && call.call === undefined) return; // none exists yet
    this.#stage.isWrong = isWrong;
    const at = isWrong ? random.below(call.args.length) : -1;
    const args = call.args.map((param, i) => (i === at ? param.wrong(random) : param.right(random)));
    this.#tried?.(`${className}.${member}`, isWrong, args);
    const made = { name: `${className}.${member}`, member, call, receiver, args, isWrong };
    this.#note(made, className);
    this.#make(made);
    this.#stage.isWrong = false;
  }

  /** After every client was closed no call may be pending. */
  async allSettled(): Promise<void> {
    const { world } = this.#stage;
    await world.sleep(CALLBACKS_MS);
    for (const name of this.#pending.values())
      world.violate("never-settles", `${name} has not settled when everything was closed`);
  }

  #note({ member, receiver, args, isWrong }: Made, className: string): void {
    const { created, given, unsafe, unsafeProducers } = this.#stage;
    if (isWrong) return;
    if (className === "Admin" && member === "deleteTopics")
      for (const name of args[0] as string[]) created.delete(name);
    if (member !== "send" && member !== "enqueue") return;
    const ids = unsafeProducers.has(receiver) ? unsafe : given;
    ids.add(String((args[0] as { value: unknown }).value));
  }

  #make(one: Made): void {
    const { world } = this.#stage;
    const before = one.isWrong ? stateOf(one.receiver) : "";
    const startMs = world.nowMs;
    let result: unknown;
    try {
      result = invoke(one);
    } catch (error) {
      if (one.call.isAsync === true)
        world.violate("throws", `${one.name} gives a promise, and threw: ${String(error)}`);
      this.#failed(one, error);
      return;
    } finally {
      if (one.isWrong && stateOf(one.receiver) !== before)
        world.violate(
          "has-effect",
          `${told(one)} changed what it was called on: ${before} became ${stateOf(one.receiver)}`,
        );
    }
    if (one.call.isAsync !== true) {
      if (one.isWrong) world.violate("accepted", `${told(one)} was not refused`);
      one.call.done?.(result, one.args);
      return;
    }
    this.#watch(one, result as Promise<unknown>, startMs);
  }

  #watch(one: Made, result: Promise<unknown>, startMs: number): void {
    const { world } = this.#stage;
    const boundMs = one.isWrong ? AT_ONCE_MS : boundOf(one) + SLACK_MS;
    const key = {};
    this.#pending.set(key, one.name);
    const over = (): void => {
      this.#pending.delete(key);
      const tookMs = world.nowMs - startMs;
      if (tookMs > boundMs) world.violate("late", `${told(one)} took ${tookMs} ms; the limit is ${boundMs} ms`);
    };
    result.then(
      (value) => {
        over();
        if (one.isWrong) world.violate("accepted", `${told(one)} was not refused`);
        else one.call.done?.(value, one.args);
      },
      (error: unknown) => {
        over();
        this.#failed(one, error);
      },
    );
  }

  #failed(one: Made, error: unknown): void {
    const { world } = this.#stage;
    if (error instanceof Whim && !one.isWrong) return;
    if (!KafkaError.is(error)) {
      world.violate(
        "foreign-error",
        `${told(one)} failed with ${String(error)}${error instanceof Error ? `\n${error.stack ?? ""}` : ""}`,
      );
      return;
    }
    if (error.kind === "internal" && !(error.cause instanceof Whim && !one.isWrong))
      world.violate(
        "internal",
        `${told(one)} failed with kind internal: ` +
          `${error.stack ?? ""}\n${String((error.cause as Error | undefined)?.stack)}`,
      );
    if (one.isWrong && !REFUSALS.includes(error.kind))
      world.violate("wrong-kind", `${told(one)} failed with kind ${error.kind}: ${error.message}`);
    const says = SAYS[one.name] ?? new RegExp(one.member);
    if (one.isWrong && error.kind === "config" && !says.test(error.message))
      world.violate("unclear", `${told(one)} does not say what was called: ${error.message}`);
  }
}

interface Made {
  readonly name: string;
  readonly member: string;
  readonly call: Call;
  readonly receiver: unknown;
  readonly args: readonly unknown[];
  readonly isWrong: boolean;
}

function invoke({ member, call, receiver, args }: Made): unknown {
  if (call.call !== undefined) return call.call(...(args as readonly never[]));
  const key = member === Symbol.asyncIterator.toString() ? Symbol.asyncIterator : member;
  const found = (receiver as Record<string | symbol, unknown>)[key];
  return call.isGetter === true ? found : (found as (...all: readonly unknown[]) => unknown).apply(receiver, [...args]);
}

/** Describes a call in a violation. */
function told({ name, args }: Made): string {
  return `${name}(${args.map(shown).join(", ")})`;
}

function shown(value: unknown): string {
  try {
    if (typeof value === "function") return "a function";
    if (typeof value === "symbol" || typeof value === "bigint" || value === undefined) return String(value);
    return (
      JSON.stringify(value, (_, one: unknown) =>
        typeof one === "symbol" || typeof one === "bigint" || typeof one === "function" ? String(one) : one,
      ) + (typeof value === "object" && value !== null ? Object.prototype.toString.call(value) : "")
    );
  } catch (error) {
    return `[throws ${(error as Error).name}]`;
  }
}

function boundOf({ call, args }: Made): number {
  const own = args
    .map((arg) =>
      typeof arg === "object" && arg !== null && "timeoutMs" in arg
        ? (arg as { timeoutMs?: number }).timeoutMs
        : undefined,
    )
    .find((ms) => ms !== undefined);
  return own === undefined ? (call.boundMs ?? 0) : own + (call.moreMs ?? 0);
}

/** Closes everything, in time. */
async function closeAll(world: World, stage: Stage): Promise<void> {
  const { kafka } = stage;
  const within = (what: string, ms: number, work: PromiseLike<unknown>): Promise<void> =>
    world.within(ms, what, work).then(
      () => undefined,
      (error: unknown) => {
        const failure = KafkaError.from(error);
        if (failure.kind === "timeout" && failure.message.startsWith(what))
          world.violate("close-late", failure.message);
        else if (!KafkaError.is(error) && !(error instanceof Whim))
          world.violate("foreign-error", `${what}: ${String(error)}`);
      },
    );
  await Promise.all(
    stage.spares.map((spare) => within("close of a spare Kafka", 70_000, spare.close({ timeoutMs: CLOSE_MS }))),
  );
  await within("kafka.close", 2 * CLOSE_MS + 8000, kafka.close({ timeoutMs: CLOSE_MS }));
  await within("closing what was closed", 1000, kafka.close({ timeoutMs: CLOSE_MS }));
  for (const cluster of stage.clusters) await within("cluster.close", 1000, cluster.close());
}

/**
 * Checks that a record that `send` resolved is in the topic once, a failed one at most once, and one that must have no
 * effect not at all.
 */
async function checkLog(world: World, stage: Stage): Promise<void> {
  const counts = new Map<string, number>();
  for (const id of await logOf(world)) counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const id of stage.acknowledged)
    if (!stage.unsafe.has(id) && counts.get(id) !== 1)
      world.violate("acknowledged", `${id} was acknowledged, but is in the topic ${counts.get(id) ?? 0} times`);
  for (const [id, count] of counts) {
    if (stage.given.has(id) && count > 1) world.violate("written-twice", `${id} is in the topic ${count} times`);
    if (id.startsWith("never"))
      world.violate("has-effect", `${id} was in a call with a wrong argument, but is in the topic`);
  }
}

async function logOf(world: World): Promise<readonly string[]> {
  const node = world.node("verifier");
  const kafka = new Kafka({ ...node.kafkaOptions }, node.platform);
  const ids: string[] = [];
  const consumer = kafka.consumer({ topics: [TOPIC], isolationLevel: "read_uncommitted" });
  const stop = world.sleep(6000).then(() => kafka.close({ timeoutMs: 0 }));
  try {
    for await (const { value } of consumer) ids.push(text(value) ?? "");
  } catch (error) {
    if (!KafkaError.is(error) || error.kind !== "closed") throw error;
  }
  await stop;
  return ids;
}

/** Checks that topics and committed offsets are those of right calls. */
async function checkEffects(world: World, stage: Stage): Promise<void> {
  const topics = world.cluster.snapshot().topics.map(({ topic }) => topic);
  for (const topic of topics)
    if (topic.startsWith("never"))
      world.violate("has-effect", `topic ${topic} was in a call with a wrong argument, but was created`);
  for (const topic of stage.created)
    if (!topics.includes(topic))
      world.violate("has-effect", `topic ${topic} was created, no right call deletes it, but it does not exist`);
  const node = world.node("verifier");
  const kafka = new Kafka({ ...node.kafkaOptions }, node.platform);
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition }));
  for (const groupId of [GROUP, "other", "by-hand"]) {
    const committed = await kafka
      .consumer({ groupId, topics: [TOPIC] })
      .committed(partitions)
      .catch(() => []);
    for (const offset of committed)
      if (offset?.metadata.startsWith("never") === true)
        world.violate(
          "has-effect",
          `${offset.metadata} of ${groupId} was in a call with a wrong argument, and is committed`,
        );
  }
  await kafka.close({ timeoutMs: 0 });
}
