import { type Attributes, context, type Context, type Span, SpanKind } from "@opentelemetry/api";
import { KafkaError } from "../errors/kafka-error.ts";
import type { ObservedClient } from "../hooks/hook-sites.ts";
import { HeadersReader } from "../producer/accepting/record-headers.ts";
import type { ProducerRecord, RecordMetadata } from "../producer/partition/delivery.ts";
import type { Producer } from "../producer/producer.ts";
import { DESTINATION_PARTITION_ID, KAFKA_OFFSET, type OperationType } from "./conventions.ts";
import { errorAttributes, failSpan } from "./operation-error.ts";
import { linkTo, outgoing } from "./propagation.ts";
import { replaceMethod, type Switch } from "./replaced-methods.ts";
import {
  clientAttributes,
  operationAttributes,
  partitionServer,
  recordAttributes,
  type Telemetry,
} from "./telemetry.ts";

type Record = ProducerRecord<never, never>;
type Send = Producer<never, never>["send"];
type Enqueue = Producer<never, never>["enqueue"];

/**
 * Spans of a producer. `send` has one from the call until the record is acknowledged or has failed. `enqueue` has no
 * end: its span, `create`, says where the record comes from. Both put their context into the headers, unless the record
 * carries one already: then they link to it.
 */
export function instrumentProducer(telemetry: Telemetry, producer: object, client: ObservedClient, at: Switch): void {
  const reader = new HeadersReader();
  const { clock } = client;
  replaceMethod<Send>(producer, "send", at, (send) => (record, options) => {
    const started = startSend(telemetry, client, reader, record, "send");
    if (started === undefined) return send(record, options);
    const startMs = clock.monotonic();
    const end = (error: unknown, partition?: number): void => {
      const { topic } = record;
      if (partition !== undefined) started.span.setAttributes(partitionServer(client, topic, partition));
      const attributes = { ...operationAttributes(client, "send", topic, partition), ...errorAttributes(error) };
      telemetry.operationDuration.record((clock.monotonic() - startMs) / 1000, attributes);
      started.span.end();
    };
    return started
      .run(() => send(started.record, options))
      .then(
        (metadata) => {
          started.span.setAttributes(placeOf(metadata));
          end(undefined, metadata.partition);
          return metadata;
        },
        (error: unknown) => {
          failSpan(started.span, error);
          end(error, KafkaError.is(error) ? error.partition : undefined);
          throw error;
        },
      );
  });
  replaceMethod<Enqueue>(producer, "enqueue", at, (enqueue) => (record, options) => {
    const started = startSend(telemetry, client, reader, record, "create");
    if (started === undefined) return enqueue(record, options);
    try {
      const isAccepted = started.run(() => enqueue(started.record, options));
      // A record that is refused is offered again, and then has another span: one that does not end is not exported.
      if (isAccepted) started.span.end();
      return isAccepted;
    } catch (error) {
      failSpan(started.span, error);
      started.span.end();
      throw error;
    }
  });
}

/** A record about to be sent, in its span. */
interface Started {
  readonly span: Span;
  readonly record: Record;
  run<T>(body: () => T): T;
}

/** Undefined for a record that cannot be read: sending it reports the error. */
function startSend(
  telemetry: Telemetry,
  client: ObservedClient,
  reader: HeadersReader,
  record: Record,
  type: OperationType,
): Started | undefined {
  const read = outgoing(telemetry.propagator, reader, record);
  if (read === undefined || typeof record.topic !== "string") return undefined;
  const { own } = read;
  const attributes: Attributes = {
    ...operationAttributes(client, type, record.topic),
    ...clientAttributes(client),
    ...recordAttributes(telemetry.settings, record),
  };
  // The span is the one in which the record is created, unless the record comes with a context of its own.
  const kind = own === undefined ? SpanKind.PRODUCER : SpanKind.CLIENT;
  const links = own === undefined ? [] : [linkTo(own)];
  const parent: Context = context.active();
  const { span, within } = telemetry.start(`${type} ${record.topic}`, kind, attributes, parent, links);
  return {
    span,
    record: own === undefined ? read.withContext(within) : record,
    run: (body) => context.with(within, body),
  };
}

/** The place of a record that was written. With `acks: 0` it has no offset. */
function placeOf({ offset, partition }: RecordMetadata): Attributes {
  return { [DESTINATION_PARTITION_ID]: String(partition), ...(offset < 0 ? {} : { [KAFKA_OFFSET]: offset }) };
}
