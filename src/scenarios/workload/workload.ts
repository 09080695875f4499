import { KafkaError } from "../../errors/kafka-error.ts";
import type { Consumer, KafkaBaseOptions } from "../../index.ts";
import { Kafka } from "../../kafka.ts";
import { type AbortSignalLike, Cancellation } from "../../runtime/cancellation.ts";
import type { FaultKind } from "../../simulation/fault-kinds.ts";
import type { FaultPlan } from "../../simulation/fault-plan.ts";
import { Random } from "../../simulation/random.ts";
import type { SimulatedRuntime } from "../../simulation/simulated-runtime.ts";
import type { SimulationOptions, World } from "../../simulation/world.ts";
import { closeEarly } from "./early-close.ts";
import { idOf, recordDigest } from "./record-digest.ts";
import { CLOSE_MS, type Client, recordedClose } from "./recorded-close.ts";
import { Sender } from "./sender.ts";
import type { Knobs } from "./workload-knobs.ts";
import { LOGIN_FAULTS, type WorkloadLogins } from "./workload-logins.ts";

const TOPIC = "t";
/** How long recovery may take after the last fault. */
const LIVENESS_MS = 300_000;
const ANSWER_GRACE_MS = 2000;
/** How long a loop may continue after its signal. */
const ABORT_MS = 100;
/** How long reconnecting and the request itself may take after a pause. */
const AFTER_PAUSE_MS = 10_000;
/** Records that are sent after a pause, one after the other: enough for several brokers. */
const AFTER_PAUSE_RECORDS = 6;
/** A load balancer forgets a connection without traffic after this time, for example Azure's. */
const FORGOTTEN_MS = 240_000;
/** The pause before a loop begins again. */
const AGAIN_MS = 100;

/**
 * The workload of `odradek simulate`: producers and consumers of one topic, in phases: warm-up, faults, healed,
 * everything read, closed, verified. `checkHistory` has its invariants.
 */
export class Workload {
  readonly #world: World;
  readonly #knobs: Knobs;
  readonly #plan: FaultPlan;
  readonly #logins: WorkloadLogins | undefined;
  readonly #clients: Client[] = [];
  readonly #holders: {
    readonly name: string;
    readonly holder: { readonly bufferedBytes: number };
    readonly what: "producer" | "consumer";
  }[] = [];
  readonly #delivered = new Map<string, Map<number, number>>();
  readonly #loops: Promise<void>[] = [];
  readonly #senders: Sender[] = [];

  constructor(world: World, knobs: Knobs, plan: FaultPlan, logins: WorkloadLogins | undefined) {
    this.#world = world;
    this.#knobs = knobs;
    this.#plan = plan;
    this.#logins = logins;
  }

  async run(): Promise<void> {
    const world = this.#world;
    world.note("warm-up, then faults");
    for (let i = 0; i < this.#knobs.consumers; i++) this.#consume(`consumer-${i}`);
    const producing = Array.from({ length: this.#knobs.producers }, (_, i) => this.#produce(`producer-${i}`));
    const closing = this.#knobs.closesEarly
      ? closeEarly(world, this.#client("closer"), { topics: [TOPIC], ...this.#knobs.consumer }, this.#knobs.sendMs)
      : undefined;
    await world.healed();
    world.note("healed: liveness");
    await world.within(LIVENESS_MS, "sending, after the last fault", Promise.all(producing));
    await world.within(LIVENESS_MS, "reading all records, after the last fault", this.#caughtUp());
    await world.within(LIVENESS_MS, "closing while handlers work", Promise.resolve(closing));
    await this.#pause();
    await this.#answered();
    this.#recordIdle();
    world.note("close");
    let areClosed = true;
    for (const client of this.#clients) areClosed = (await recordedClose(world, client)) && areClosed;
    if (areClosed) await world.within(CLOSE_MS, "the end of all loops", Promise.all(this.#loops));
    await world.sleep(5000);
    world.recordLeaks();
    world.note("verify");
    await world.within(LIVENESS_MS, "reading the partitions", this.#readLogs());
  }

  /**
   * A batch may expire while its request is in flight: its memory is free when the response arrived or the request was
   * given up, not before. Seed 50314 reported that memory as not released.
   */
  async #answered(): Promise<void> {
    const { requestTimeoutMs = 30_000 } = this.#knobs.kafka;
    const untilMs = this.#world.nowMs + requestTimeoutMs + ANSWER_GRACE_MS;
    while (
      this.#world.nowMs < untilMs &&
      this.#holders.some(({ what, holder }) => what === "producer" && holder.bufferedBytes > 0)
    )
      await this.#world.sleep(100);
  }

  /** Everything is sent and read: the buffers must be empty. */
  #recordIdle(): void {
    for (const { name, holder, what } of this.#holders) this.#recordBuffer(name, what, holder.bufferedBytes, true);
  }

  #recordBuffer(node: string, what: "producer" | "consumer", bytes: number, isIdle: boolean): void {
    const limit = what === "producer" ? this.#knobs.bufferMemory : this.#knobs.consumerBytes;
    this.#world.record({
      type: "buffer",
      atMs: this.#world.nowMs,
      node,
      what,
      bytes,
      limit,
      ...(isIdle ? { isIdle } : {}),
    });
  }

  #kafka(name: string): Client {
    const client = this.#client(name);
    this.#clients.push(client);
    return client;
  }

  #client(name: string, settings: KafkaBaseOptions = this.#knobs.kafka): Client {
    const node = this.#world.node(name);
    const options = { ...node.kafkaOptions, ...settings, ...this.#logins?.clientOptions(this.#world, node) };
    return { node, kafka: new Kafka<SimulatedRuntime>(options, node.platform) };
  }

  async #produce(name: string): Promise<void> {
    const { kafka } = this.#kafka(name);
    const sender = new Sender(name, TOPIC, kafka.producer(this.#knobs.producer), this.#world, this.#knobs);
    const { producer } = sender;
    this.#senders.push(sender);
    this.#holders.push({ name, holder: producer, what: "producer" });
    await sender.run(() => this.#recordBuffer(name, "producer", producer.bufferedBytes, false));
  }

  /**
   * Nothing is sent for minutes. Meanwhile a load balancer forgets the connections, and no end is notified. Each costs
   * a request timeout if its client does not suspect it: all but the first must be suspected.
   */
  async #pause(): Promise<void> {
    const { idleMs, kafka } = this.#knobs;
    if (idleMs === 0) return;
    const world = this.#world;
    world.note(`nothing is sent for ${idleMs} ms, and idle connections go silent`);
    await world.sleep(idleMs);
    const usedMs = new Map(
      world.history.flatMap((event) => (event.type === "request" ? [[event.connection, event.atMs] as const] : [])),
    );
    for (const connection of world.network.connections)
      if (world.nowMs - (usedMs.get(connection.id) ?? 0) >= FORGOTTEN_MS) connection.halfOpen();
    const { requestTimeoutMs = 30_000 } = kafka;
    await world.within(
      1.5 * requestTimeoutMs + AFTER_PAUSE_MS,
      "sending some records, after a pause,",
      Promise.all(this.#senders.map((sender) => sender.sendUntilWritten(AFTER_PAUSE_RECORDS))),
    );
    await world.within(LIVENESS_MS, "reading all records, after a pause", this.#caughtUp());
  }

  #consume(name: string): void {
    const world = this.#world;
    const { kafka } = this.#kafka(name);
    const positions = new Map<number, number>();
    this.#delivered.set(name, positions);
    const consumer = kafka.consumer({
      topics: [TOPIC],
      ...this.#knobs.consumer,
      onPositionReset: ({ topic, partition }) =>
        world.record({ type: "seek", atMs: world.nowMs, node: name, consumer: name, topic, partition }),
    });
    this.#holders.push({ name, holder: consumer, what: "consumer" });
    this.#loops.push(this.#deliver(name, consumer, positions));
  }

  /** One loop that a signal ends at some time, and another one that continues from there. */
  async #deliver(name: string, consumer: Consumer, positions: Map<number, number>): Promise<void> {
    const world = this.#world;
    const stop = new Cancellation();
    const abortMs = Random.keyed(world.seed, `abort/${name}`).between(1000, this.#knobs.sendMs);
    world.scheduler.schedule(abortMs * 1000, () =>
      stop.cancel(new KafkaError("cancelled", "the workload ends this loop")),
    );
    const end = await this.#loop(name, consumer, positions, stop);
    if (stop.aborted) {
      // A node cannot end a loop while its event loop stalls, and the current batch is processed first.
      const limitMs =
        ABORT_MS +
        this.#knobs.workMs +
        Math.max(0, ...this.#plan.faults.map(({ kind, durationMs }) => (kind === "stall" ? durationMs : 0)));
      world.record({
        type: "abort",
        atMs: world.nowMs,
        node: name,
        what: "the loop",
        kind: end?.kind ?? "none",
        tookMs: world.nowMs - abortMs,
        limitMs,
      });
      await this.#loop(name, consumer, positions);
    }
  }

  /** Reads until the end. An error that a fault makes a broker return may end a loop: the next one continues. */
  async #loop(
    name: string,
    consumer: Consumer,
    positions: Map<number, number>,
    signal?: AbortSignalLike,
  ): Promise<KafkaError | undefined> {
    for (;;) {
      const failure = await this.#read(name, consumer, positions, signal);
      if (failure === undefined || signal?.aborted === true) return failure;
      if (!this.#isRefused(failure)) {
        const message = `the loop of ${name} ended: ${failure.message}`;
        this.#world.record({ type: "failure", atMs: this.#world.nowMs, node: name, message });
        return failure;
      }
      await this.#world.sleep(AGAIN_MS);
    }
  }

  /** Whether a fault may make a broker return the error that ended a loop. */
  #isRefused({ code, kind }: KafkaError): boolean {
    const has = (kinds: readonly FaultKind[]): boolean => this.#plan.faults.some((fault) => kinds.includes(fault.kind));
    return (code !== undefined && has(["error-code"])) || (kind === "authentication" && has(LOGIN_FAULTS));
  }

  async #read(
    name: string,
    consumer: Consumer,
    positions: Map<number, number>,
    signal: AbortSignalLike | undefined,
  ): Promise<KafkaError | undefined> {
    const world = this.#world;
    const { workMs } = this.#knobs;
    const random = Random.keyed(world.seed, `work/${name}`);
    try {
      for await (const { topic, partition, records } of consumer.batches(signal === undefined ? {} : { signal })) {
        this.#recordBuffer(name, "consumer", consumer.bufferedBytes, false);
        for (const { offset, key, value, headers } of records) {
          world.record({
            type: "deliver",
            atMs: world.nowMs,
            node: name,
            consumer: name,
            id: idOf(value),
            topic,
            partition,
            offset,
            digest: recordDigest(key, value, headers),
          });
          positions.set(partition, offset + 1);
        }
        if (workMs > 0) await world.sleep(random.between(1, workMs));
      }
      return undefined;
    } catch (error) {
      return KafkaError.from(error);
    }
  }

  #ends(): readonly { readonly partition: number; readonly highWatermark: number }[] {
    return this.#world.cluster.snapshot().topics.find(({ topic }) => topic === TOPIC)?.partitions ?? [];
  }

  async #caughtUp(): Promise<void> {
    const isBehind = (positions: Map<number, number>): boolean =>
      this.#ends().some(({ partition, highWatermark }) => (positions.get(partition) ?? 0) < highWatermark);
    while ([...this.#delivered.values()].some(isBehind)) await this.#world.sleep(100);
  }

  /** A client on a node without faults reads all records: the checkers compare with them. */
  async #readLogs(): Promise<void> {
    const world = this.#world;
    let left = this.#ends().reduce((sum, { highWatermark }) => sum + highWatermark, 0);
    const client = this.#client("verifier", {});
    const consumer = client.kafka.consumer({ topics: [TOPIC] });
    if (left > 0) {
      for await (const { topic, partition, offset, key, value, headers, timestamp } of consumer) {
        world.record({
          type: "log",
          atMs: world.nowMs,
          node: "verifier",
          id: idOf(value),
          topic,
          partition,
          offset,
          digest: recordDigest(key, value, headers),
          timestamp,
        });
        if (--left === 0) break;
      }
    }
    await recordedClose(world, client);
  }
}

/** The topics of the world of a {@link Workload}. */
export function workloadTopics({
  partitions,
  minInSyncReplicas,
  mayLose,
}: Knobs): NonNullable<SimulationOptions["topics"]> {
  return {
    [TOPIC]: {
      partitions,
      configs: {
        "min.insync.replicas": String(minInSyncReplicas),
        "unclean.leader.election.enable": String(mayLose),
      },
    },
  };
}
