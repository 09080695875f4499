import type { GroupOffset } from "../cluster/group-offsets.ts";
import type { HookClient } from "./hook-event.ts";

/**
 * The messages of the host's tracing channels `odradek:send`, `odradek:process` and `odradek:commit`, by the last part
 * of the name. Subscribers get the same object at each step, and may keep their own state in it. Unlike hooks, messages
 * of `send` and `process` show records with their keys, values and headers.
 */
export interface TraceMessages {
  /** A record, from the call of `send` or `enqueue` until it is written or has failed. */
  readonly send: SendTrace;
  /** A callback of `run`, or a turn of a loop, until it has ended. */
  readonly process: ProcessTrace;
  /** A commit, with all its tries. */
  readonly commit: CommitTrace;
}

/** The fields of every message of a tracing channel. */
export interface TraceMessage {
  /** The client that the message is about. */
  readonly client: HookClient;
  /** The value that the call returned, or its promise resolved with; set before `end` or `asyncStart`. */
  result?: unknown;
  /** The error that the call threw, or its promise rejected with; set before `error`. */
  error?: unknown;
}

/** A record, from the call of `send` or `enqueue` until it is written or has failed. */
export interface SendTrace extends TraceMessage {
  /**
   * The call. `send` has all steps, and `result` is where the record was written. `enqueue` has only `start` and `end`,
   * and `result` is whether the record was accepted; one that is offered again is another message. `sendAll` has these
   * steps for each of its records, and `result` is 0 if the record was accepted.
   */
  readonly call: "send" | "enqueue" | "sendAll";
  /** The topic's name. */
  readonly topic: string;
  /** The partition that the caller chose; undefined if the partitioner chooses. */
  readonly partition: number | undefined;
  /** The number of records. */
  readonly records: 1;
  /** The headers of the record: add yours in `start`. The record is encoded after it. Text is written as UTF-8. */
  readonly headers: [name: string, value: Uint8Array | string | null][];
  /** The record, before interceptors and serdes have seen it. It is a copy, and `headers` are its headers. */
  readonly record: OutgoingTraceRecord;
}

/** A record that is sent, before it is serialised. */
export interface OutgoingTraceRecord {
  /** The topic's name. */
  topic: string;
  /** The key; null for none. */
  key: unknown;
  /** The value; null for a tombstone. */
  value: unknown;
  /** The headers. */
  headers: [name: string, value: Uint8Array | string | null][];
  /** The partition's number; undefined if the partitioner chooses. */
  partition: number | undefined;
  /** The timestamp, in ms since the epoch; undefined for the time of sending. */
  timestamp: number | undefined;
}

/**
 * A callback of `run`, until it has ended; a retry is another message. In loops: a record or batch, from its hand-out
 * until the application asks for the next one, or leaves the loop.
 */
export interface ProcessTrace extends TraceMessage {
  /** The consumer's group; undefined without one. */
  readonly groupId: string | undefined;
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The number of this try, from 1. */
  readonly attempt: number;
  /** The record of `eachRecord` or of a loop over records; undefined for batches. */
  readonly record: IncomingTraceRecord | undefined;
  /** The batch of `eachBatch` or of a loop over batches; undefined for records. */
  readonly batch: IncomingTraceBatch | undefined;
}

/** A record that is processed. */
export interface IncomingTraceRecord {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The record's offset. */
  readonly offset: number;
  /** The record's timestamp, in ms since the epoch. */
  readonly timestamp: number;
  /** The key, deserialised; null for none. */
  readonly key: unknown;
  /** The value, deserialised; null for a tombstone. */
  readonly value: unknown;
  /** The headers, decoded at each access. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
}

/** A batch that is processed. */
export interface IncomingTraceBatch {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
  /** The offset of the first record. */
  readonly baseOffset: number;
  /** The offset of the last record. */
  readonly lastOffset: number;
  /** The records, decoded while you iterate over them. */
  readonly records: Iterable<IncomingTraceRecord>;
}

/** A commit of a consumer, with all its tries. */
export interface CommitTrace extends TraceMessage {
  /** The group's id. */
  readonly groupId: string;
  /** The member's id; empty for a consumer that has not joined the group. */
  readonly memberId: string;
  /** The generation of a classic group, or the member's epoch (KIP-848); −1 without a membership. */
  readonly generation: number;
  /** The offsets, each of the next record to read. */
  readonly offsets: readonly GroupOffset[];
  /** The coordinator that was asked last, as `host:port`; undefined until one is asked. */
  broker?: string;
}

/** A tracing channel of the host, for one client. */
export interface Trace<M extends TraceMessage> {
  /** Whether there are listeners. It is read often, so it is cheap. */
  readonly hasSubscribers: boolean;
  /**
   * Calls `body` in the async context that subscribers set (`bindStore`), and publishes its begin and its end, or that
   * of its promise. Returns what `body` returns, or a promise that settles after the last step was published. `body`
   * gets the whole message, and may set what becomes known later.
   */
  run<T>(message: Omit<M, keyof TraceMessage>, body: (message: M) => T): T;
}

/** The tracing channel of a producer's records. */
export interface SendTraces {
  readonly hasSubscribers: boolean;
  /** Publishes a call of `send` or `enqueue`, with a copy of the record, and sends that copy. */
  around<R, T>(call: "send" | "enqueue" | "sendAll", record: R, send: (record: R) => T): T;
}

/** The tracing channels of the host, for one client. */
export interface Traces {
  readonly send: SendTraces;
  readonly process: Trace<ProcessTrace>;
  readonly commit: Trace<CommitTrace>;
}
