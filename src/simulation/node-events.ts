import type { SimulatedEvent } from "./event-heap.ts";
import type { Random } from "./random.ts";
import type { EventQueue, Scheduler } from "./scheduler.ts";

interface NodeEvent extends SimulatedEvent {
  inner: SimulatedEvent | undefined;
}

/**
 * The events of a node between two starts. After a crash none of them happens, and all of them wait while the event
 * loop stalls. The node's own stream orders the events of one instant, so that other nodes do not change that order.
 */
export class NodeEvents implements EventQueue {
  readonly #scheduler: Scheduler;
  readonly #ties: Random;
  /** Those that have neither happened nor been cancelled. */
  readonly #waiting = new Set<NodeEvent>();
  #isDead = false;
  #stalledUntilUs = 0;

  constructor(scheduler: Scheduler, ties: Random) {
    this.#scheduler = scheduler;
    this.#ties = ties;
  }

  get nowUs(): number {
    return this.#scheduler.nowUs;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /**
   * No event happens any more: a restarted node has another object. The scheduler keeps their times until they are over
   * (a client's longest for 24 days), but no longer their work, which keeps the memory of the whole node.
   */
  kill(): void {
    this.#isDead = true;
    for (const event of this.#waiting) event.run = undefined;
    this.#waiting.clear();
  }

  /** Postpones all events by this time, as if the application computed. Events that were due follow immediately. */
  stall(durationUs: number): void {
    this.#stalledUntilUs = Math.max(this.#stalledUntilUs, this.nowUs + durationUs);
  }

  schedule(delayUs: number, run: () => void): SimulatedEvent {
    const event: NodeEvent = {
      timeUs: this.nowUs + delayUs,
      tie: this.#ties.uint32(),
      sequence: 0,
      run,
      inner: undefined,
    };
    if (this.#isDead) event.run = undefined;
    else this.#waiting.add(event);
    this.#arm(event, delayUs);
    return event;
  }

  cancel(event: SimulatedEvent): void {
    event.run = undefined;
    const node = event as NodeEvent;
    this.#waiting.delete(node);
    const { inner } = node;
    if (inner !== undefined) this.#scheduler.cancel(inner);
  }

  #arm(event: NodeEvent, delayUs: number): void {
    event.inner = this.#scheduler.schedule(delayUs, () => this.#fire(event), event.tie);
  }

  #fire(event: NodeEvent): void {
    const { run } = event;
    if (run === undefined || this.#isDead) return;
    const restUs = this.#stalledUntilUs - this.nowUs;
    if (restUs > 0) {
      this.#arm(event, restUs);
      return;
    }
    event.run = undefined;
    this.#waiting.delete(event);
    run();
  }
}
