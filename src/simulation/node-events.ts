import type { SimulatedEvent } from "./event-heap.ts";
import type { Random } from "./random.ts";
import type { EventQueue, Scheduler } from "./scheduler.ts";

interface NodeEvent extends SimulatedEvent {
  inner: SimulatedEvent | undefined;
}

/**
 * The events of one life of a node: none happens after a crash, and all wait while its event loop stalls. Ties are
 * drawn from the node's own stream, so that what other nodes do does not change them.
 */
export class NodeEvents implements EventQueue {
  readonly #scheduler: Scheduler;
  readonly #ties: Random;
  #isDead = false;
  #stalledUntilUs = 0;

  constructor(scheduler: Scheduler, ties: Random) {
    this.#scheduler = scheduler;
    this.#ties = ties;
  }

  get nowUs(): number {
    return this.#scheduler.nowUs;
  }

  /** Nothing of this life happens any more. */
  get isDead(): boolean {
    return this.#isDead;
  }

  kill(): void {
    this.#isDead = true;
  }

  /** Nothing happens for so long, as if the application computed: what was due comes right after. */
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
    this.#arm(event, delayUs);
    return event;
  }

  cancel(event: SimulatedEvent): void {
    event.run = undefined;
    const { inner } = event as NodeEvent;
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
    run();
  }
}
