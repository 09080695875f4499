import type { HistoryEventBase } from "./history-event-base.ts";

/** A call was cancelled by its signal, and ended with an error of this kind. */
export interface AbortEvent extends HistoryEventBase {
  readonly type: "abort";
  readonly what: string;
  readonly kind: string;
  readonly tookMs: number;
  readonly limitMs: number;
}

/** A client that was asked to close has closed. */
export interface CloseEvent extends HistoryEventBase {
  readonly type: "close";
  readonly what: string;
  readonly tookMs: number;
  readonly limitMs: number;
}

/** A node crashed: work that it had started never ends. */
export interface CrashEvent extends HistoryEventBase {
  readonly type: "crash";
}

/** The resources of a node that were left after all clients were closed. */
export interface LeakEvent extends HistoryEventBase {
  readonly type: "leak";
  readonly tasks: number;
  readonly delays: number;
  readonly connections: number;
}

/** The bytes that a client buffers, and their limit. */
export interface BufferEvent extends HistoryEventBase {
  readonly type: "buffer";
  readonly what: "producer" | "consumer";
  readonly bytes: number;
  readonly limit: number;
  /** All started work has ended: the buffer must be empty. */
  readonly isIdle?: boolean;
}

/** An uncaught error, or a broken contract. */
export interface FailureEvent extends HistoryEventBase {
  readonly type: "failure";
  readonly message: string;
}

/** A phase, a fault, or any other remark for the reader. */
export interface NoteEvent extends HistoryEventBase {
  readonly type: "note";
  readonly text: string;
}

/** A fault of the plan begins. `node` and `broker` are the affected ones. */
export interface FaultEvent extends HistoryEventBase {
  readonly type: "fault";
  readonly kind: string;
  readonly broker: string;
  readonly amount: number;
  readonly durationMs: number;
}

/** A line that a node's client logged. */
export interface SaidEvent extends HistoryEventBase {
  readonly type: "said";
  readonly level: string;
  readonly message: string;
}
