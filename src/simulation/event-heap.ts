/** An event at a virtual time. */
export interface SimulatedEvent {
  /** When it happens, in µs of virtual time since the beginning. */
  readonly timeUs: number;
  /** Drawn from the seed: orders the events of one instant. */
  readonly tie: number;
  /** Counts the events of a run: orders those with the same time and the same {@link tie}. */
  readonly sequence: number;
  /** The work to do; undefined once the event has happened or was cancelled. */
  run: (() => void) | undefined;
}

function before(a: SimulatedEvent, b: SimulatedEvent): boolean {
  return a.timeUs !== b.timeUs ? a.timeUs < b.timeUs : a.tie !== b.tie ? a.tie < b.tie : a.sequence < b.sequence;
}

/** A binary heap of events, the earliest first. */
export class EventHeap {
  readonly #events: SimulatedEvent[] = [];

  get size(): number {
    return this.#events.length;
  }

  push(event: SimulatedEvent): void {
    const events = this.#events;
    let i = events.length;
    events.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = events[parent];
      if (above === undefined || !before(event, above)) break;
      events[i] = above;
      i = parent;
    }
    events[i] = event;
  }

  /** Removes the cancelled events. */
  compact(): void {
    const live = this.#events.filter((event) => event.run !== undefined);
    this.#events.length = 0;
    // A sorted array is a valid heap. Events have a total order, so the rest comes out in the same order as before.
    for (const event of live.sort((a, b) => (before(a, b) ? -1 : 1))) this.#events.push(event);
  }

  pop(): SimulatedEvent | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (first === undefined || last === undefined || events.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      const left = events[child];
      if (left === undefined) break;
      const right = events[child + 1];
      let least = left;
      if (right !== undefined && before(right, left)) {
        least = right;
        child++;
      }
      if (!before(least, last)) break;
      events[i] = least;
      i = child;
    }
    events[i] = last;
    return first;
  }
}
