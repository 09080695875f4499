import { KafkaError } from "../errors/kafka-error.ts";
import { portableCodecs } from "../records/compression.ts";
import type { Connector } from "../runtime/byte-stream.ts";
import type { Codecs } from "../runtime/codec.ts";
import type { Drain } from "../runtime/drain.ts";
import type { Entropy } from "../runtime/entropy.ts";
import type { LogEntry, WholePlatform } from "../runtime/platform.ts";
import { sleep } from "../runtime/sleep.ts";
import { portableUtf8 } from "../wire/utf8.ts";
import type { HistoryEvent } from "./history.ts";
import { NodeEvents } from "./node-events.ts";
import { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SimulatedClock } from "./simulated-clock.ts";
import type { SimulatedNetwork } from "./simulated-network.ts";
import { SimulatedRuntime } from "./simulated-runtime.ts";

/** Options for a `Kafka` on a node: `new Kafka({ ...node.kafkaOptions })`. */
export interface NodeKafkaOptions {
  /** The brokers, and the connector of this node. */
  readonly cluster: { readonly bootstrapServers: string; readonly connector: Connector };
  /** The name of the node. */
  readonly clientId: string;
  /** The runtime of the node. */
  readonly runtime: SimulatedRuntime;
  /** The clock of the node. */
  readonly clock: SimulatedClock;
  /** The source of random bytes of the node. */
  readonly entropy: Entropy;
  /** The portable codecs: the same bytes on every host. */
  readonly codecs: Codecs;
  /** Adds to the node's `logged`, and to the history. */
  readonly onLog: (entry: LogEntry) => void;
}

/** The services of the world that a node uses. */
export interface NodeHost {
  readonly scheduler: Scheduler;
  readonly seed: number;
  readonly network: SimulatedNetwork;
  readonly bootstrapServers: () => string;
  readonly drain: Drain;
  readonly record: (event: HistoryEvent) => void;
  /** A client on the node reported something impossible: a defect of Odradek itself. */
  readonly fault: (what: string, node: string) => void;
}

interface Life {
  readonly events: NodeEvents;
  readonly runtime: SimulatedRuntime;
  readonly entropy: Entropy;
  readonly connector: Connector;
}

/**
 * A simulated machine with its own runtime, clock, entropy and network address. It can crash, after which no work that
 * it started continues, and be restarted.
 */
export class SimulatedNode {
  /** Its name in the network, and in the history. */
  readonly name: string;
  /** The log lines of its clients. */
  readonly logged: LogEntry[] = [];
  /** The errors that its programs threw. */
  readonly failures: KafkaError[] = [];
  readonly #host: NodeHost;
  readonly #programs: ((node: SimulatedNode) => PromiseLike<void>)[] = [];
  #lives = 0;
  #skewMs = 0;
  #life: Life;

  /** @internal */
  constructor(name: string, host: NodeHost) {
    this.name = name;
    this.#host = host;
    this.#life = this.#begin();
  }

  /** Its runtime; a restart creates another one. */
  get runtime(): SimulatedRuntime {
    return this.#life.runtime;
  }

  /** Its clock; {@link jumpClock} changes it. */
  get clock(): SimulatedClock {
    return this.#life.runtime.clock;
  }

  /** Its source of randomness, from the seed. */
  get entropy(): Entropy {
    return this.#life.entropy;
  }

  /** Whether it runs: false between {@link crash} and {@link restart}. */
  get isUp(): boolean {
    return !this.#life.events.isDead;
  }

  /** How many times it was started: 1 before its first crash. */
  get lives(): number {
    return this.#lives;
  }

  /** For `new Kafka({ ...node.kafkaOptions })`. Read it again after a restart. */
  get kafkaOptions(): NodeKafkaOptions {
    const { runtime, entropy, connector } = this.#life;
    return {
      cluster: { bootstrapServers: this.#host.bootstrapServers(), connector },
      clientId: this.name,
      runtime,
      clock: runtime.clock,
      entropy,
      codecs: portableCodecs(),
      onLog: (entry) => this.#log(entry),
    };
  }

  /** The platform of the node, for other clients than `Kafka`. */
  get platform(): WholePlatform<SimulatedRuntime> {
    const { runtime, entropy, connector } = this.#life;
    const noCrypto = (): never => {
      throw new KafkaError("unsupported", "a simulated node has no cryptography: WebCrypto leaves the microtask queue");
    };
    return {
      runtime,
      clock: runtime.clock,
      entropy,
      connector,
      codecs: portableCodecs(),
      drain: this.#host.drain,
      crypto: { digest: noCrypto, hmac: noCrypto, pbkdf2: noCrypto },
      utf8: portableUtf8,
      log: (entry) => this.#log(entry),
    };
  }

  /** Runs a program now, and again after every restart. {@link failures} has the errors that it throws. */
  start(program: (node: SimulatedNode) => PromiseLike<void>): void {
    this.#programs.push(program);
    if (this.isUp) this.#run(program);
  }

  /** Adds a line to the picture about the program on this node. */
  note(text: string): void {
    this.#host.record({ type: "note", atMs: this.#host.scheduler.nowUs / 1000, node: this.name, text });
  }

  /** Waits in this node's runtime. If the node crashes meanwhile, it never ends. */
  sleep(durationMs: number): Promise<void> {
    return sleep({ runtime: this.runtime, clock: this.clock }, durationMs);
  }

  /** Stops it between two events, as kill -9 does. */
  crash(): void {
    if (!this.isUp) return;
    this.#life.events.kill();
    this.#host.network.crash(this.name);
  }

  /** Starts it again with a new runtime, and its programs from their beginning. */
  restart(): void {
    this.crash();
    this.#life = this.#begin();
    for (const program of this.#programs) this.#run(program);
  }

  /** Its event loop does nothing for this time. */
  stall(durationMs: number): void {
    this.#life.events.stall(durationMs * 1000);
  }

  /** Moves its wall clock by a number of ms; the monotonic clock does not change. */
  jumpClock(byMs: number): void {
    this.#skewMs += byMs;
    this.clock.skewMs = this.#skewMs;
  }

  #log(entry: LogEntry): void {
    this.logged.push(entry);
    this.#host.record({
      type: "said",
      atMs: this.#host.scheduler.nowUs / 1000,
      node: this.name,
      level: entry.level,
      message: entry.message,
    });
    const { fault } = entry.fields;
    if (typeof fault === "string") this.#host.fault(fault, this.name);
  }

  #begin(): Life {
    const { scheduler, seed, network } = this.#host;
    const life = `${this.name}/${++this.#lives}`;
    const events = new NodeEvents(scheduler, Random.keyed(seed, `ties/${life}`));
    const runtime = new SimulatedRuntime(events);
    runtime.clock.skewMs = this.#skewMs;
    return {
      events,
      runtime,
      entropy: Random.keyed(seed, `entropy/${life}`),
      connector: network.connector(this.name, events),
    };
  }

  #run(program: (node: SimulatedNode) => PromiseLike<void>): void {
    this.runtime.spawn(async () => {
      try {
        await program(this);
      } catch (error) {
        this.failures.push(KafkaError.from(error));
      }
    });
  }
}
