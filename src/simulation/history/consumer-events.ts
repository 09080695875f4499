import type { HistoryEventBase } from "./history-event-base.ts";

/** A consumer delivered a record to the application. */
export interface DeliverEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "deliver";
  /** The consumer; each consumer of a node has another name. */
  readonly consumer: string;
  /** The name of the record: that of its {@link SendEvent}. */
  readonly id: string;
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The record's offset. */
  readonly offset: number;
  /** A digest of key, value and headers as delivered; equal to that of the {@link SendEvent}. */
  readonly digest: string;
}

/** The application or a reset moved the position of a consumer. */
export interface SeekEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "seek";
  /** The consumer; each consumer of a node has another name. */
  readonly consumer: string;
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The new position. Absent: reading begins again at the current position, including the unprocessed records. */
  readonly to?: number;
  /** The application left its loop, and the record in progress comes again: nothing else is known of the partition. */
  readonly isGivenBack?: true;
}

/** A consumer reported that its position was no longer in the partition, and that it chose another by its policy. */
export interface ResetEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "reset";
  /** The consumer; each consumer of a node has another name. */
  readonly consumer: string;
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The position that the partition no longer has. */
  readonly from: number;
  /** The new position. */
  readonly to: number;
  /** Which end of the partition the policy chose. */
  readonly policy: "earliest" | "latest";
}

/** The application paused or resumed a partition. */
export interface PauseEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "pause";
  /** The consumer; each consumer of a node has another name. */
  readonly consumer: string;
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** True for a pause, false when the partition is resumed. */
  readonly isPaused: boolean;
}

/** A client fetched a partition, by name or as part of a fetch session. `node` is the client's. */
export interface FetchEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "fetch";
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
}

/** A client fetches a partition under another leader epoch than in its last fetch. */
export interface EpochEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "epoch";
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The leader epoch in the fetch request. */
  readonly epoch: number;
}

/** The application has processed a record, and is about to ask for the next. */
export interface DoneEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "done";
  /** The consumer; each consumer of a node has another name. */
  readonly consumer: string;
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The offset of the processed record. */
  readonly offset: number;
}
