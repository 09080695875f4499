/** Time and place of an event: part of every event. */
export interface HistoryEventBase {
  /** In ms of virtual time since the beginning. */
  readonly atMs: number;
  /** The node that did it. */
  readonly node: string;
}
