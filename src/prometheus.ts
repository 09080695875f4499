// `odradek/prometheus`: the metrics of clients for Prometheus.
import { KafkaError } from "./errors/kafka-error.ts";
import { anything, guarded, oneOf, shape, text, withMethods } from "./errors/shape.ts";
import type { Admin } from "./admin/admin.ts";
import type { Consumer } from "./consumer/consumer.ts";
import type { AnyKafka } from "./kafka.ts";
import type { Producer } from "./producer/producer.ts";
import { Exporter } from "./prometheus/exporter.ts";
import { DEFAULT_BUCKETS } from "./prometheus/histogram.ts";
import { PromClientMetrics, type PromClientRegistry } from "./prometheus/prom-client.ts";

export type { PromClientRegistry } from "./prometheus/prom-client.ts";

/** Clients whose metrics are exported: all of a `Kafka`, those that it creates later too, or a single one. */
export type PrometheusSource = AnyKafka | Producer<never, never> | Consumer<unknown, unknown> | Admin;

/** Options of {@link prometheusExporter}. */
export interface PrometheusOptions {
  /** The clients. Required; {@link PrometheusExporter.add} adds others. */
  readonly clients: PrometheusSource | readonly PrometheusSource[];
  /** The beginning of the names of all metrics. Default `"kafka_"`. */
  readonly prefix?: string;
  /** Labels that every series gets, for example `{ service: "orders" }`. Default: none. */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * The upper bounds of the buckets of the histograms, in seconds, in ascending order. Default: 14 bounds from 1 ms to
   * 30 s, the default limit of a request.
   */
  readonly buckets?: readonly number[];
  /** The format of {@link PrometheusExporter.text}. Default `"text"`, which every version of Prometheus reads. */
  readonly format?: "text" | "openmetrics";
  /**
   * A registry of `prom-client`, which gets all metrics besides. Its text has a metric that is new one text later than
   * {@link PrometheusExporter.text}. Default: none.
   */
  readonly registry?: PromClientRegistry;
}

/** The metrics of clients for Prometheus. See {@link prometheusExporter}. */
export interface PrometheusExporter {
  /** The content type of {@link text}, for the answer to Prometheus. */
  readonly contentType: string;
  /** All metrics as text. Rejects with kind `closed` after {@link close}. */
  text(): Promise<string>;
  /** Exports the metrics of more clients. Throws kind `config` for anything else, and `closed` after {@link close}. */
  add(clients: PrometheusSource): void;
  /** Stops measuring, and takes the metrics out of the registry. Idempotent. It does not close the clients. */
  close(): void;
}

const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const OWN_LABELS = [
  "client_id",
  "client_number",
  "client_kind",
  "group_id",
  "topic",
  "partition",
  "node_id",
  "api",
  "le",
];

const OPTIONS = shape(
  {
    clients: anything,
    prefix: guarded((value, path) => {
      text(value, path);
      if (value !== "" && !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(value as string))
        throw wrong(`${path} takes letters, digits, _ and :, and no digit first, not ${JSON.stringify(value)}`);
    }),
    labels: guarded((value, path) => {
      if (typeof value !== "object" || value === null || Array.isArray(value))
        throw wrong(`${path} takes an object, for example { service: "orders" }`);
      for (const [label, value_] of Object.entries(value)) {
        text(value_, `${path}.${label}`);
        if (!LABEL.test(label) || label.startsWith("__"))
          throw wrong(
            `${path}: a label takes letters, digits and _, and no digit or __ first, not ${JSON.stringify(label)}`,
          );
        if (OWN_LABELS.includes(label)) throw wrong(`${path}: the label ${label} is one of the metrics' own`);
      }
    }),
    buckets: guarded((value, path) => {
      const bounds: readonly unknown[] = Array.isArray(value) ? value : [];
      const isAscending = bounds.every(
        (bound, i) => Number.isFinite(bound) && (bound as number) > (i === 0 ? 0 : (bounds[i - 1] as number)),
      );
      if (bounds.length === 0 || !isAscending)
        throw wrong(`${path} takes a list of seconds above 0 in ascending order, for example [0.01, 0.1, 1]`);
    }),
    format: oneOf("text", "openmetrics"),
    registry: withMethods("registerMetric", "removeSingleMetric"),
  },
  { needs: ["clients"] },
);

/**
 * Exports the metrics of clients for Prometheus: the counts of `metrics()`, by client, topic, partition and broker, and
 * histograms of the times of requests, deliveries and batches. Answer a request of Prometheus with `text()`. A closed
 * client leaves its totals to the next one with its id, so that no counter goes back. docs/prometheus.md says more.
 *
 * Throws kind `config` for a wrong option, and `closed` for a `Kafka` or a client that is closed.
 */
export function prometheusExporter(options: PrometheusOptions): PrometheusExporter {
  OPTIONS(options, "prometheusExporter");
  const { clients, prefix = "kafka_", labels = {}, buckets = DEFAULT_BUCKETS, format = "text", registry } = options;
  const exporter = new Exporter({ prefix, labels: { ...labels }, buckets: [...buckets], format });
  const add = (source: unknown, call: string): void => exporter.add(source, call);
  let registered: PromClientMetrics | undefined;
  try {
    for (const source of Array.isArray(clients) ? clients : [clients]) add(source, "prometheusExporter: clients");
    if (registry !== undefined)
      registered = new PromClientMetrics(registry, () => exporter.families("prometheusExporter"));
  } catch (error) {
    exporter.close();
    throw error;
  }
  return {
    contentType: exporter.contentType,
    text: async () => await Promise.resolve(exporter.text()),
    add: (source) => {
      add(source, "add");
      registered?.update();
    },
    close: () => {
      registered?.close();
      exporter.close();
    },
  };
}

function wrong(message: string): KafkaError {
  return new KafkaError("config", message);
}
