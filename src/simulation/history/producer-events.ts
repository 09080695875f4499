import type { HistoryEventBase } from "./history-event-base.ts";

/**
 * The application passed a record to a producer. `id` names the record and is in its value; `order` counts the calls of
 * that producer.
 */
export interface SendEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "send";
  /** The name of the record, which is part of its value. */
  readonly id: string;
  /** The name of the producer. */
  readonly producer: string;
  /** Counts the calls of this producer, from 0. */
  readonly order: number;
  /** The name of the topic. */
  readonly topic: string;
  /** A digest of key, value and headers. */
  readonly digest: string;
  /** When the record must have been acknowledged or have failed, in ms of virtual time. */
  readonly deadlineMs: number;
  /** How long it may wait for room in the buffer. Default: until its deadline. */
  readonly roomByMs?: number;
}

/** A record was acknowledged. */
export interface AckEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "ack";
  /** The name of the record: that of its {@link SendEvent}. */
  readonly id: string;
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** −1 when it is unknown. */
  readonly offset: number;
  /** The record's timestamp according to the acknowledgement, in ms since the epoch. */
  readonly timestamp?: number;
}

/** A record failed, with what the producer knows about its fate. */
export interface FailEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "fail";
  /** The name of the record: that of its {@link SendEvent}. */
  readonly id: string;
  /** Whether the record was written, as the error says; undefined if it says nothing. */
  readonly outcome: "notWritten" | "written" | "indefinite" | undefined;
  /** The error's `kind`. */
  readonly kind: string;
  /** The error's `retriable`. */
  readonly retriable: boolean;
}

/** A batch of a Produce request, as a broker received it. */
export interface ProduceEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "produce";
  /** The number of the Produce request in the run, from 1: batches of one request share it. */
  readonly request: number;
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The producer's id in the batch; −1 without idempotence. */
  readonly producerId: number;
  /** The producer's epoch in the batch; −1 without idempotence. */
  readonly producerEpoch: number;
  /** The sequence number of the first record; −1 without idempotence. */
  readonly baseSequence: number;
  /** How many records the batch has. */
  readonly count: number;
  /** A digest of the batch's bytes from its attributes on: without base offset, leader epoch and checksum. */
  readonly digest: string;
}
