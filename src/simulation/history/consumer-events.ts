import type { HistoryEventBase } from "./history-event-base.ts";

/** A consumer delivered a record to the application. */
export interface DeliverEvent extends HistoryEventBase {
  readonly type: "deliver";
  readonly consumer: string;
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly digest: string;
}

/** The application or a reset moved the position of a consumer. */
export interface SeekEvent extends HistoryEventBase {
  readonly type: "seek";
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  /** The new position. Absent: reading begins again at the current position, including the unprocessed records. */
  readonly to?: number;
  /** The application left its loop, and the record in progress comes again: nothing else is known of the partition. */
  readonly isGivenBack?: true;
}

/** A consumer reported that its position was no longer in the partition, and that it chose another by its policy. */
export interface ResetEvent extends HistoryEventBase {
  readonly type: "reset";
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly policy: "earliest" | "latest";
}

/** The application paused or resumed a partition. */
export interface PauseEvent extends HistoryEventBase {
  readonly type: "pause";
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly isPaused: boolean;
}

/** A client fetched a partition, by name or as part of a fetch session. `node` is the client's. */
export interface FetchEvent extends HistoryEventBase {
  readonly type: "fetch";
  readonly topic: string;
  readonly partition: number;
}

/** A client fetches a partition under another leader epoch than in its last fetch. */
export interface EpochEvent extends HistoryEventBase {
  readonly type: "epoch";
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
}

/** The application has processed a record, and is about to ask for the next. */
export interface DoneEvent extends HistoryEventBase {
  readonly type: "done";
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}
