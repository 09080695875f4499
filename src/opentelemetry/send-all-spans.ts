import { type Attributes, context, type Context, type Span, SpanKind } from "@opentelemetry/api";
import { KafkaError } from "../errors/kafka-error.ts";
import type { ObservedClient } from "../hooks/hook-sites.ts";
import { HeadersReader } from "../producer/accepting/record-headers.ts";
import { AROUND_SEND_ALL, type SendTogether, type WrittenRecords } from "../producer/around-send-all.ts";
import type { ProducerRecord } from "../producer/partition/delivery.ts";
import { BATCH_MESSAGE_COUNT, DESTINATION_NAME, DESTINATION_PARTITION_ID } from "./conventions.ts";
import { errorAttributes, failSpan } from "./operation-error.ts";
import { linkTo, outgoing } from "./propagation.ts";
import { replaceMethod, type Switch } from "./replaced-methods.ts";
import { clientAttributes, operationAttributes, partitionServer, type Telemetry } from "./telemetry.ts";

type Record = ProducerRecord<never, never>;
type AroundSendAll = (
  records: Iterable<Record>,
  send: SendTogether<never, never>,
) => Promise<readonly WrittenRecords[]>;

/**
 * One span for each call of `sendAll`, from the call until every record is written or has failed. Its context is in the
 * headers of the records, but for those that carry one already: it links to these. The topics are known only when the
 * records were read, so the name of the topic comes to the span at its end.
 */
export function traceSendAll(telemetry: Telemetry, producer: object, client: ObservedClient, at: Switch): void {
  const passOn: AroundSendAll = (records, send) => send(records);
  if (!(AROUND_SEND_ALL in producer))
    Object.defineProperty(producer, AROUND_SEND_ALL, { value: passOn, writable: true, configurable: true });
  replaceMethod<AroundSendAll>(producer, AROUND_SEND_ALL, at, (around) => async (records, send) => {
    const { clock } = client;
    const startMs = clock.monotonic();
    const attributes = { ...operationAttributes(client, "send", undefined), ...clientAttributes(client) };
    const { span, within } = telemetry.start("send", SpanKind.PRODUCER, attributes, context.active());
    const sent = new SentRecords(telemetry, records, span, within);
    const end = (place: Attributes, partition: number | undefined, error?: unknown): void => {
      const topic = sent.onlyTopic;
      if (topic !== undefined) span.updateName(`send ${topic}`).setAttribute(DESTINATION_NAME, topic);
      span.setAttributes({ ...place, [BATCH_MESSAGE_COUNT]: sent.count });
      const measured = { ...operationAttributes(client, "send", topic, partition), ...errorAttributes(error) };
      telemetry.operationDuration.record((clock.monotonic() - startMs) / 1000, measured);
      span.end();
    };
    try {
      const written = await context.with(within, () => around(sent, send));
      const [only, ...more] = written;
      const isOnly = only !== undefined && more.length === 0;
      end(isOnly ? placeOf(client, only) : {}, isOnly ? only.partition : undefined);
      return written;
    } catch (error) {
      failSpan(span, error);
      end({}, KafkaError.is(error) ? error.partition : undefined, error);
      throw error;
    }
  });
}

function placeOf(client: ObservedClient, { partition, topic }: WrittenRecords): Attributes {
  return { [DESTINATION_PARTITION_ID]: String(partition), ...partitionServer(client, topic, partition) };
}

/** The records of one call, with the context of its span in their headers. They are read once. */
class SentRecords implements Iterable<Record> {
  /** How many records were read. */
  count = 0;
  readonly #telemetry: Telemetry;
  readonly #records: Iterable<Record>;
  readonly #span: Span;
  readonly #within: Context;
  readonly #reader = new HeadersReader();
  readonly #topics = new Set<string>();
  #links = 0;

  constructor(telemetry: Telemetry, records: Iterable<Record>, span: Span, within: Context) {
    this.#telemetry = telemetry;
    this.#records = records;
    this.#span = span;
    this.#within = within;
  }

  /** The topic of all records that were read; undefined if there are several. */
  get onlyTopic(): string | undefined {
    const [first, ...more] = this.#topics;
    return more.length === 0 ? first : undefined;
  }

  *[Symbol.iterator](): Iterator<Record> {
    for (const record of this.#records) {
      this.count++;
      yield this.#traced(record);
    }
  }

  /** A record that cannot be read is passed on as it is: sending it reports the error. */
  #traced(record: Record): Record {
    const { propagator, settings } = this.#telemetry;
    const read = outgoing(propagator, this.#reader, record);
    if (read === undefined || typeof record.topic !== "string") return record;
    this.#topics.add(record.topic);
    if (read.own === undefined) return read.withContext(this.#within);
    const link = linkTo(read.own);
    if (link !== undefined && this.#links++ < settings.maxLinks) this.#span.addLink(link);
    return record;
  }
}
