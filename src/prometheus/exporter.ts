import { KafkaError } from "../errors/kafka-error.ts";
import type { ObservedClient } from "../hooks/hook-sites.ts";
import { hooksOf, watchClients } from "../observing/watch-clients.ts";
import { ClientSeats } from "./client-seats.ts";
import { Latency } from "./latency.ts";
import { CONTENT_TYPES, type Family, type Format, type Labels, textOf } from "./text-format.ts";

/** The settings of an {@link Exporter}. */
export interface ExporterSettings {
  readonly prefix: string;
  readonly labels: Labels;
  readonly buckets: readonly number[];
  readonly format: Format;
}

/** Reads the metrics of clients for Prometheus. */
export class Exporter {
  readonly #settings: ExporterSettings;
  readonly #seats: ClientSeats;
  readonly #latency: Latency;
  readonly #ends: (() => void)[] = [];
  #isClosed = false;

  constructor(settings: ExporterSettings) {
    this.#settings = settings;
    this.#seats = new ClientSeats(settings.prefix);
    this.#latency = new Latency(settings.buckets);
  }

  get contentType(): string {
    return CONTENT_TYPES[this.#settings.format];
  }

  /** Reads the clients of `target` too, in the name of `call`. */
  add(target: unknown, call: string): void {
    if (this.#isClosed) throw closedError(call);
    this.#ends.push(watchClients(target, call, (client) => this.#begin(client)));
  }

  /** All metrics, by name, with the labels that every series has. */
  families(call: string): readonly Family[] {
    if (this.#isClosed) throw closedError(call);
    const { labels, prefix } = this.#settings;
    const all = [...this.#seats.families(), ...this.#latency.families(prefix)];
    if (Object.keys(labels).length === 0) return all;
    return all.map((family) => ({
      ...family,
      samples: family.samples.map((sample) => ({ ...sample, labels: { ...labels, ...sample.labels } })),
    }));
  }

  text(): string {
    return textOf(this.families("text"), this.#settings.format);
  }

  close(): void {
    this.#isClosed = true;
    for (const end of this.#ends.splice(0)) end();
  }

  #begin(client: ObservedClient): () => void {
    // It may be given by itself and with its Kafka.
    if (this.#known.has(client)) return () => undefined;
    this.#known.add(client);
    this.#seats.take(client);
    const clientStopped = (): void => this.#seats.leave(client);
    return hooksOf(client).addSites({ ...this.#latency.sites(client), clientStopped });
  }

  readonly #known = new WeakSet<ObservedClient>();
}

function closedError(call: string): KafkaError {
  return new KafkaError("closed", `${call}: the Prometheus exporter was closed`);
}
