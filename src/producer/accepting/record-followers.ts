import type { InContext } from "../../runtime/call-context.ts";
import type { LogLevel } from "../../runtime/platform.ts";
import type { Settle } from "../partition/batch.ts";
import type { ProducerRecord, RecordMetadata } from "../partition/delivery.ts";
import { Interceptors, type ProducerInterceptor } from "./interceptor.ts";
import type { HeadersReader } from "./record-headers.ts";

/** The code of the application that follows records: interceptors, and callbacks in the async context of their call. */
export class RecordFollowers<K, V> {
  /** Undefined if there are none. */
  readonly interceptors: Interceptors<K, V> | undefined;
  /** Captures the async context of a record; undefined if no callback of it runs later. */
  readonly context: (() => InContext) | undefined;

  constructor(
    interceptors: readonly ProducerInterceptor<K, V>[] | undefined,
    context: (() => InContext) | undefined,
    headers: HeadersReader,
    log: (level: LogLevel, message: string) => void,
  ) {
    if (interceptors !== undefined && interceptors.length > 0)
      this.interceptors = new Interceptors(interceptors, headers, log);
    this.context = context;
  }

  /** The record as interceptors leave it. Throws if that is not a valid record. */
  intercepted(record: ProducerRecord<K, V>): ProducerRecord<K, V> {
    return this.interceptors === undefined ? record : this.interceptors.sent(record);
  }

  /** The settling function of a record of `enqueue`; undefined if nothing follows it. */
  ofEnqueue(record: ProducerRecord<K, V>, hasContext: boolean): Settle | undefined {
    const interceptors = this.interceptors?.isTold === true ? this.interceptors : undefined;
    const context = hasContext ? this.context : undefined;
    if (interceptors === undefined && context === undefined) return undefined;
    let settle: Settle | undefined;
    const promise = new Promise<RecordMetadata>((resolve) => (settle = (metadata) => resolve(metadata)));
    (interceptors?.followed(record, promise) ?? promise).catch(() => undefined);
    return settle === undefined ? undefined : Object.assign(settle, { isEnqueued: true, inContext: context?.() });
  }

  /** The settling function of a record of `sendAll`: the one of the call, unless interceptors follow each record. */
  ofSendAll(record: ProducerRecord<K, V>, all: Settle): Settle {
    if (this.context !== undefined) all.inContext ??= this.context();
    if (this.interceptors?.isTold !== true) return all;
    let own: ((metadata: RecordMetadata | Promise<never>) => void) | undefined;
    const promise = new Promise<RecordMetadata>((resolve) => (own = resolve));
    this.interceptors.followed(record, promise).catch(() => undefined);
    const settle: Settle = (metadata, count, fate) => {
      own?.(metadata);
      all(metadata, count, fate);
    };
    if (all.inContext !== undefined) settle.inContext = all.inContext;
    return settle;
  }
}
