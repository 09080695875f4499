import type { KafkaError } from "../errors/kafka-error.ts";
import type { HookEvent } from "./hook-event.ts";

/**
 * The hooks that fire for each record, a kind of their own: each costs a call of your function for each record, and
 * nothing unless it is listened to.
 */
export interface RecordHookEvents {
  /** A record was acknowledged. */
  readonly recordAcknowledged: RecordAcknowledged;
  /** A record failed for good. */
  readonly recordFailed: RecordFailed;
  /** A record is processed: its batch is. */
  readonly recordProcessed: RecordProcessed;
}

/** The name of a hook that fires for each record. */
export type RecordHookName = keyof RecordHookEvents;

/** A record. */
export interface RecordHookEvent extends HookEvent {
  /** The topic's name. */
  readonly topic: string;
  /** The partition's number. */
  readonly partition: number;
}

/** A record was acknowledged: for each record of a `batchAcknowledged`, after it. */
export interface RecordAcknowledged extends RecordHookEvent {
  /** The record's offset; undefined if the broker did not tell it. */
  readonly offset: number | undefined;
}

/** A record failed for good: for each record of a `batchFailed`, after it. */
export interface RecordFailed extends RecordHookEvent {
  /** The reason. */
  readonly error: KafkaError;
}

/** A record is processed: for each record of a `batchProcessed`, after it; also for one that `onPoison` skipped. */
export interface RecordProcessed extends RecordHookEvent {
  /** The record's offset. */
  readonly offset: number;
}
