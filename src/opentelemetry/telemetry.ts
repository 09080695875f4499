import {
  type Attributes,
  type Context,
  type Counter,
  type Histogram,
  type Meter,
  type Span,
  type SpanKind,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { ObservedClient } from "../hooks/hook-sites.ts";
import * as conventions from "./conventions.ts";
import type { Propagator } from "./propagation.ts";

/** The settings of spans. */
export interface TelemetrySettings {
  /** Whether the context that a record carries is the parent of the span in which it is processed. */
  readonly joinsTraces: boolean;
  /** Whether keys of records that are texts are attributes. */
  readonly hasKeys: boolean;
  /** Whether loops get a span for each record or batch. */
  readonly hasReceiveSpans: boolean;
  /** The number of links that a span of a batch gets at most. */
  readonly maxLinks: number;
}

/** The tracer and the instruments that all instrumented clients share. */
export class Telemetry {
  readonly settings: TelemetrySettings;
  readonly propagator: Propagator;
  readonly operationDuration: Histogram;
  readonly processDuration: Histogram;
  readonly sent: Counter;
  readonly consumed: Counter;
  /** The consumer of each record that a loop or a batch has handed out, for the spans of single records. */
  readonly sources: WeakMap<object, ObservedClient> = new WeakMap<object, ObservedClient>();
  readonly #tracer: Tracer;

  constructor(tracer: Tracer, meter: Meter, propagator: Propagator, settings: TelemetrySettings) {
    this.#tracer = tracer;
    this.propagator = propagator;
    this.settings = settings;
    const duration = (name: string, description: string): Histogram =>
      meter.createHistogram(name, {
        description,
        unit: "s",
        advice: { explicitBucketBoundaries: [...conventions.DURATION_BUCKETS] },
      });
    const messages = (name: string, description: string): Counter =>
      meter.createCounter(name, { description, unit: "{message}" });
    this.operationDuration = duration(
      conventions.OPERATION_DURATION,
      "Duration of messaging operation initiated by a producer or consumer client.",
    );
    this.processDuration = duration(conventions.PROCESS_DURATION, "Duration of processing operation.");
    this.sent = messages(conventions.SENT_MESSAGES, "Number of messages producer attempted to send to the broker.");
    this.consumed = messages(
      conventions.CONSUMED_MESSAGES,
      "Number of messages that were delivered to the application.",
    );
  }

  /** Starts the span of an operation, and returns it with the context in which it is active. */
  start(
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    parent: Context,
    links: readonly (Parameters<Span["addLink"]>[0] | undefined)[] = [],
    startTime?: number,
  ): { readonly span: Span; readonly within: Context } {
    const given = links.filter((link) => link !== undefined);
    const span = this.#tracer.startSpan(
      name,
      { kind, attributes, links: given, ...(startTime === undefined ? {} : { startTime }) },
      parent,
    );
    return { span, within: trace.setSpan(parent, span) };
  }
}

/**
 * The attributes that spans and metrics of one operation of a client have in common; those of its broker too, if the
 * partition is given.
 */
export function operationAttributes(
  client: ObservedClient | undefined,
  type: conventions.OperationType,
  topic: string | undefined,
  partition?: number,
  name: string = type,
): Attributes {
  const groupId = client?.groupId;
  return {
    [conventions.SYSTEM_NAME]: conventions.KAFKA,
    [conventions.OPERATION_NAME]: name,
    [conventions.OPERATION_TYPE]: type,
    ...(topic === undefined ? {} : { [conventions.DESTINATION_NAME]: topic }),
    ...(groupId === undefined ? {} : { [conventions.CONSUMER_GROUP_NAME]: groupId }),
    ...(client === undefined || topic === undefined || partition === undefined
      ? {}
      : partitionServer(client, topic, partition)),
  };
}

/**
 * The broker of a partition: the one that a consumer reads it from, which need not be its leader, or the leader by the
 * present metadata.
 */
export function partitionServer(client: ObservedClient, topic: string, partition: number): Attributes {
  const { brokers, topics } = client.snapshot;
  const nodeId = client.readsFrom?.({ topic, partition }) ?? topics.get(topic)?.partitions[partition]?.leaderId ?? -1;
  const broker = brokers.get(nodeId);
  return broker === undefined
    ? {}
    : { [conventions.SERVER_ADDRESS]: broker.host, [conventions.SERVER_PORT]: broker.port };
}

/** The broker at an address, `host:port`; empty without one. */
export function addressServer(address: string | undefined): Attributes {
  const at = address?.lastIndexOf(":") ?? -1;
  if (address === undefined || at < 0) return {};
  return {
    [conventions.SERVER_ADDRESS]: address.slice(0, at).replace(/^\[(.*)\]$/, "$1"),
    [conventions.SERVER_PORT]: Number(address.slice(at + 1)),
  };
}

/** The attributes of a client that only spans have. */
export function clientAttributes(client: ObservedClient | undefined): Attributes {
  if (client === undefined) return {};
  const { clusterId } = client.snapshot;
  return {
    [conventions.CLIENT_ID]: client.name.clientId,
    ...(typeof clusterId !== "string" ? {} : { [conventions.KAFKA_CLUSTER_ID]: clusterId }),
  };
}

/** The attributes of one record. */
export function recordAttributes(
  { hasKeys }: TelemetrySettings,
  record: {
    readonly key?: unknown;
    readonly value: unknown;
    readonly partition?: number | undefined;
    readonly offset?: number;
  },
): Attributes {
  const { key, offset, partition } = record;
  return {
    ...(partition === undefined ? {} : { [conventions.DESTINATION_PARTITION_ID]: String(partition) }),
    ...(offset === undefined ? {} : { [conventions.KAFKA_OFFSET]: offset }),
    ...(record.value === null ? { [conventions.KAFKA_MESSAGE_TOMBSTONE]: true } : {}),
    ...(hasKeys && typeof key === "string" ? { [conventions.KAFKA_MESSAGE_KEY]: key } : {}),
  };
}
