import { KafkaError } from "../errors/kafka-error.ts";
import type { Listener } from "../runtime/byte-stream.ts";
import { memoryStreams } from "../runtime/memory-streams.ts";
import type { LogEntry, WholePlatform } from "../runtime/platform.ts";
import { portableCodecs } from "../records/compression.ts";
import { portableUtf8 } from "../wire/utf8.ts";
import { Random } from "./random.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";
import { SimulatedRuntime } from "./simulated-runtime.ts";

/** A platform in virtual time, with its own network. */
export interface SimulatedPlatform extends WholePlatform<SimulatedRuntime> {
  /** The scheduler of its virtual time. */
  readonly scheduler: Scheduler;
  /** Accepts connections from the simulated network. */
  readonly listener: Listener;
  /** The log lines. */
  readonly logged: LogEntry[];
  /** Runs `main` in virtual time until it settles. */
  run<T>(main: () => PromiseLike<T>): Promise<T>;
}

/** Creates from a seed everything that the client needs from a host. */
export function simulatedPlatform(options: SchedulerOptions): SimulatedPlatform {
  const scheduler = new Scheduler(options);
  const runtime = new SimulatedRuntime(scheduler);
  const logged: LogEntry[] = [];
  return {
    runtime,
    clock: runtime.clock,
    entropy: Random.keyed(options.seed, "entropy"),
    ...memoryStreams(runtime),
    codecs: portableCodecs(),
    crypto: { digest: noCrypto, hmac: noCrypto, pbkdf2: noCrypto },
    utf8: portableUtf8,
    drain: options.drain,
    log: (entry) => {
      logged.push(entry);
    },
    logged,
    scheduler,
    run: (main) => scheduler.run(main),
  };
}

function noCrypto(): never {
  throw new KafkaError(
    "unsupported",
    "the simulated platform has no cryptography: WebCrypto leaves the microtask queue, so that the order of " +
      "events would not follow from the seed",
  );
}
