/** An event of a client, as listeners get it. All listeners of one event get the same object. */
export class InstrumentationEvent<P = unknown> {
  /** Counted over all clients of the process, and only for events that have a listener. */
  readonly id: number;
  /** The event's name, for example `producer.connect`. */
  readonly type: string;
  /** When it was made, in ms since the epoch. */
  readonly timestamp: number;
  /** The facts; undefined for CONNECT, DISCONNECT and STOP. */
  readonly payload: P;

  constructor(id: number, type: string, timestamp: number, payload: P) {
    this.id = id;
    this.type = type;
    this.timestamp = timestamp;
    this.payload = payload;
  }
}
