import type { HistoryEventBase } from "./history-event-base.ts";

/** A call was cancelled by its signal, and ended with an error of this kind. */
export interface AbortEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "abort";
  /** The cancelled call, in words. */
  readonly what: string;
  /** The error's `kind`; `none` if the call ended without an error. */
  readonly kind: string;
  /** The time from the signal to the end of the call, in ms. */
  readonly tookMs: number;
  /** The longest time that this may take, in ms. */
  readonly limitMs: number;
}

/** A client that was asked to close has closed. */
export interface CloseEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "close";
  /** The client that closed, in words. */
  readonly what: string;
  /** The time from the call of `close()` to its end, in ms. */
  readonly tookMs: number;
  /** The longest time that this may take, in ms. */
  readonly limitMs: number;
}

/** A node crashed: work that it had started never ends. */
export interface CrashEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "crash";
}

/** The resources of a node that were left after all clients were closed. */
export interface LeakEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "leak";
  /** How many tasks have not ended. */
  readonly tasks: number;
  /** How many delays are not disposed. */
  readonly delays: number;
  /** How many connections are still open. */
  readonly connections: number;
}

/** The bytes that a client buffers, and their limit. */
export interface BufferEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "buffer";
  /** The kind of the client. */
  readonly what: "producer" | "consumer";
  /** The buffered bytes. */
  readonly bytes: number;
  /** The highest number of bytes that the client may buffer. */
  readonly limit: number;
  /** All started work has ended: the buffer must be empty. */
  readonly isIdle?: boolean;
}

/** An uncaught error, or a broken contract. */
export interface FailureEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "failure";
  /** The message of the error, or the broken contract in words. */
  readonly message: string;
}

/** A phase, a fault, or any other remark for the reader. */
export interface NoteEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "note";
  /** The remark. */
  readonly text: string;
}

/** A fault of the plan begins. `node` and `broker` are the affected ones. */
export interface FaultEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "fault";
  /** The kind of the fault, as in the plan. */
  readonly kind: string;
  /** The name of the affected broker. */
  readonly broker: string;
  /** The size of the fault, in the unit of its kind. */
  readonly amount: number;
  /** How long the fault lasts, in ms of virtual time. */
  readonly durationMs: number;
}

/** A line that a node's client logged. */
export interface SaidEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "said";
  /** The level of the line. */
  readonly level: string;
  /** The text of the line. */
  readonly message: string;
}
