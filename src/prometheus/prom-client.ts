import { KafkaError } from "../errors/kafka-error.ts";
import type { Family } from "./text-format.ts";

/** The part of a registry of `prom-client` that is used. */
export interface PromClientRegistry {
  /** Takes a metric. */
  registerMetric(metric: never): void;
  /** Removes a metric. */
  removeSingleMetric(name: string): void;
}

/** One metric as `prom-client` asks for it. */
interface RegisteredMetric {
  name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator: "sum";
  get(): Promise<object>;
  reset(): void;
}

/**
 * Puts metrics into a registry of `prom-client`. That reads the list of its metrics before it asks for their values: so
 * a metric that is new is registered while a text is made, and is in the next one.
 */
export class PromClientMetrics {
  readonly #registry: PromClientRegistry;
  readonly #read: () => readonly Family[];
  readonly #registered = new Map<string, RegisteredMetric>();
  /** The metrics that were read for the text that is being made: the registry asks for all metrics in one go. */
  #current: ReadonlyMap<string, Family> | undefined;

  constructor(registry: PromClientRegistry, read: () => readonly Family[]) {
    this.#registry = registry;
    this.#read = read;
    try {
      this.update();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Registers what is new. */
  update(): void {
    for (const family of this.#read()) this.#register(family);
  }

  /** Takes all metrics out of the registry. */
  close(): void {
    // In the format of OpenMetrics, `prom-client` changes the names of the metrics, but not the names that it finds
    // them by.
    for (const name of this.#registered.keys()) this.#registry.removeSingleMetric(name);
    this.#registered.clear();
  }

  #register({ name, help, type }: Family): void {
    if (this.#registered.has(name)) return;
    const metric: RegisteredMetric = {
      name,
      help,
      type,
      aggregator: "sum",
      get: async () => {
        const samples = this.#families().get(name)?.samples ?? [];
        const values = samples.map(({ labels, suffix, value }) => ({
          value,
          labels,
          ...(suffix === "" ? {} : { metricName: `${name}${suffix}` }),
        }));
        return await Promise.resolve({ name: metric.name, help, type, aggregator: "sum", values });
      },
      reset: () => undefined, // the counters are the clients'
    };
    try {
      this.#registry.registerMetric(metric as never);
    } catch (cause) {
      throw new KafkaError("config", `cannot register ${name}: ${KafkaError.from(cause).message}`, { cause });
    }
    this.#registered.set(name, metric);
  }

  #families(): ReadonlyMap<string, Family> {
    if (this.#current === undefined) {
      const families = this.#read();
      this.#current = new Map(families.map((family) => [family.name, family]));
      for (const family of families) this.#register(family);
      void Promise.resolve().then(() => {
        this.#current = undefined;
      });
    }
    return this.#current;
  }
}
