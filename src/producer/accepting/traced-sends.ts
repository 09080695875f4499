import type { SendTrace, SendTraces, Trace } from "../../hooks/traces.ts";
import type { ProducerRecord } from "../partition/delivery.ts";
import { type OutgoingRecord, outgoingOf } from "./interceptor.ts";
import { checkFields } from "./record-fields.ts";
import { HeadersReader } from "./record-headers.ts";

/** The records of a producer, as the host's tracing sees them. Only programs whose host has tracing load this code. */
export class TracedSends implements SendTraces {
  readonly #trace: Trace<SendTrace>;
  readonly #reader = new HeadersReader();

  constructor(trace: Trace<SendTrace>) {
    this.#trace = trace;
  }

  get hasSubscribers(): boolean {
    return this.#trace.hasSubscribers;
  }

  around<R, T>(call: "send" | "enqueue" | "sendAll", record: R, send: (record: R) => T): T {
    const traced = this.#copy(record as ProducerRecord<unknown, unknown>);
    if (traced === undefined) return send(record);
    const { topic, partition, headers } = traced;
    const message = { call, topic, partition, records: 1, headers, record: traced } as const;
    return this.#trace.run(message, () => send(traced as R)); // undefined fields count as absent
  }

  /** The record that subscribers may change; undefined for one that `send` refuses. */
  #copy(record: ProducerRecord<unknown, unknown>): OutgoingRecord<unknown, unknown> | undefined {
    try {
      checkFields(record);
      return outgoingOf(record, this.#reader);
    } catch {
      return undefined;
    }
  }
}
