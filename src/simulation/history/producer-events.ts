import type { HistoryEventBase } from "./history-event-base.ts";

/**
 * The application passed a record to a producer. `id` names the record and is in its value; `order` counts the calls of
 * that producer.
 */
export interface SendEvent extends HistoryEventBase {
  readonly type: "send";
  readonly id: string;
  readonly producer: string;
  readonly order: number;
  readonly topic: string;
  /** A digest of key, value and headers. */
  readonly digest: string;
  readonly deadlineMs: number;
  /** How long it may wait for room in the buffer. Default: until its deadline. */
  readonly roomByMs?: number;
}

/** A record was acknowledged. */
export interface AckEvent extends HistoryEventBase {
  readonly type: "ack";
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  /** −1 when it is unknown. */
  readonly offset: number;
  /** The record's timestamp according to the acknowledgement, in ms since the epoch. */
  readonly timestamp?: number;
}

/** A record failed, with what the producer knows about its fate. */
export interface FailEvent extends HistoryEventBase {
  readonly type: "fail";
  readonly id: string;
  readonly outcome: "notWritten" | "written" | "indefinite" | undefined;
  readonly kind: string;
  readonly retriable: boolean;
}

/** A batch of a Produce request, as a broker received it. */
export interface ProduceEvent extends HistoryEventBase {
  readonly type: "produce";
  readonly request: number;
  readonly topic: string;
  readonly partition: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly count: number;
  readonly digest: string;
}
