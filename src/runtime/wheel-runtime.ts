import type { AsyncRuntime, Clock, Delay, Task } from "./async-runtime.ts";
import { dispose } from "./dispose.ts";
import { reportToHost } from "./report-to-host.ts";
import { TimerWheel, WheelEntry, WheelList } from "./timer-wheel.ts";

/** What {@link wheelRuntime} is built on. */
export interface WheelRuntimeOptions {
  /** Starts tasks, and gives the one timer that the wheel is armed with: the host's default runtime, as a rule. */
  readonly runtime: AsyncRuntime;
  /** What the runtime's delays follow. */
  readonly clock: Clock;
}

/** Nodes that are kept for the next delays. Beyond, they are left to the collector. */
const MAX_POOLED = 65_536;
/**
 * So many delays read the clock; those that follow are counted from the end of their turn, by one reading for all. A
 * reading costs as much as the rest, and on Node 16 bytes: most delays of a burst are disposed before it ends, and
 * never need one.
 */
const READINGS_PER_BURST = 16;
/**
 * Callbacks that are called in one go before the host has its turn: a million delays of one instant must not hold it
 * up.
 */
const CALLBACKS_PER_TURN = 4096;

/**
 * A runtime whose delays cost next to nothing: a timer wheel with a resolution of 1 ms, whose nodes are themselves the
 * delays and are used again. For hosts with very many timers, or where a timer is dear (1.8 µs on Deno and workerd).
 *
 * All delays stand behind one delay of the runtime below. A node returns to the pool by dispose alone, never by firing:
 * so who disposes a delay that fired cannot cancel a stranger's. One that fired and is never disposed is left to the
 * collector.
 */
export function wheelRuntime({ runtime, clock }: WheelRuntimeOptions): AsyncRuntime<WheelDelay> {
  const timers = new WheelTimers(runtime, clock);
  return {
    spawn: (task: Task): void => runtime.spawn(task),
    delayFor: (durationMs: number): WheelDelay => timers.delayFor(durationMs),
    clock,
  };
}

type NodeState = "pooled" | "waiting" | "fired";

/** A node of the wheel, and a delay. Has room for one callback; can be awaited. */
export class WheelDelay extends WheelEntry implements Delay {
  readonly #timers: WheelTimers;
  /** For the wheel alone, as all fields. @internal */
  state: NodeState = "waiting";
  /** @internal */
  callback: ((value: void) => void) | undefined;
  /** @internal */
  keepsAlive = true;
  /** @internal */
  nextPooled: WheelDelay | undefined;

  /** @internal */
  constructor(timers: WheelTimers) {
    super();
    this.#timers = timers;
  }

  then(onElapsed: (value: void) => void): void {
    if (this.state === "fired") this.#timers.tellLater(this, onElapsed);
    else this.callback = onElapsed;
  }

  unref(): void {
    if (this.state === "waiting" && this.keepsAlive) this.#timers.unref(this);
  }

  /** @internal */
  override fire(): void {
    this.#timers.fire(this);
  }

  [Symbol.dispose](): void {
    if (this.state !== "pooled") this.#timers.release(this);
  }
}

class WheelTimers {
  readonly #runtime: AsyncRuntime;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #wheel: TimerWheel = new TimerWheel();
  /** What is due and was not told yet, and what waits for the next turn of the host. */
  readonly #due: WheelList = new WheelList();
  readonly #soon: WheelList = new WheelList();
  /** A burst of delays that the clock was not read for. */
  readonly #fresh: WheelList = new WheelList();
  /** Nodes to be used again, one linked to the other: an array would grow and shrink with every delay. */
  #pool: WheelDelay | undefined;
  #pooled = 0;
  readonly #sorted: Promise<void> = Promise.resolve();
  #readings = 0;
  #isSortingFresh = false;
  #armed: Delay | undefined;
  #armedTick = Number.POSITIVE_INFINITY;
  #isArmedAlive = false;
  #hasTurn = false;
  #isCheckingAlive = false;
  /** Waiting delays that keep the process alive. */
  #alive = 0;

  constructor(runtime: AsyncRuntime, clock: Clock) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#startMs = clock.monotonic();
  }

  delayFor(durationMs: number): WheelDelay {
    const node = this.#fromPool() ?? new WheelDelay(this);
    node.state = "waiting";
    node.keepsAlive = true;
    this.#alive++;
    if (durationMs > 0) this.#wait(node, durationMs);
    else {
      this.#soon.append(node);
      this.#takeTurn();
    }
    return node;
  }

  release(node: WheelDelay): void {
    if (node.state === "waiting") {
      if (node.level >= 0) this.#wheel.remove(node);
      else node.list?.remove(node);
      this.#ended(node);
    }
    node.state = "pooled";
    node.callback = undefined;
    if (this.#pooled >= MAX_POOLED) return;
    node.nextPooled = this.#pool;
    this.#pool = node;
    this.#pooled++;
  }

  #fromPool(): WheelDelay | undefined {
    const node = this.#pool;
    if (node === undefined) return undefined;
    this.#pool = node.nextPooled;
    node.nextPooled = undefined;
    this.#pooled--;
    return node;
  }

  unref(node: WheelDelay): void {
    this.#ended(node);
    node.keepsAlive = false;
  }

  /** `then` on a delay that has fired: told all the same, a task later. */
  tellLater(node: WheelDelay, callback: (value: void) => void): void {
    node.callback = callback;
    this.#runtime.spawn(async () => {
      if (node.state !== "fired" || node.callback !== callback) return; // disposed, and perhaps another's by now
      node.callback = undefined;
      await Promise.resolve(callback());
    });
  }

  #wait(node: WheelDelay, durationMs: number): void {
    if (durationMs === Number.POSITIVE_INFINITY) return; // waits nowhere, and never fires
    if (this.#readings++ < READINGS_PER_BURST) {
      this.#place(node, this.#clock.monotonic() - this.#startMs + durationMs);
      if (node.tick < this.#armedTick || !this.#isArmedAlive) this.#arm();
      return;
    }
    node.tick = durationMs; // until it has a place
    this.#fresh.append(node);
    if (this.#isSortingFresh) return;
    this.#isSortingFresh = true;
    this.#runtime.spawn(this.#sortFresh);
  }

  /** Rounded up to whole ticks: never early. */
  #place(node: WheelEntry, sinceStartMs: number): void {
    node.tick = Math.ceil(sinceStartMs);
    this.#wheel.add(node);
  }

  /** Places the delays of a burst: counted from now, which is after all of them were made. */
  readonly #sortFresh = (): PromiseLike<void> => {
    this.#isSortingFresh = false;
    this.#readings = 0;
    const sinceStartMs = this.#clock.monotonic() - this.#startMs;
    for (let node = this.#fresh.first; node !== undefined; node = this.#fresh.first) {
      this.#fresh.remove(node);
      this.#place(node, sinceStartMs + node.tick);
    }
    this.#arm();
    return this.#sorted;
  };

  #ended(node: WheelDelay): void {
    if (!node.keepsAlive) return;
    this.#alive--;
    if (this.#alive === 0 && !this.#isCheckingAlive && this.#isArmedAlive) this.#checkAliveLater();
  }

  /**
   * Whether nothing keeps the process alive any more is looked at a turn later: most delays are followed by another. (A
   * method of its own: a function that makes a closure allocates its context whenever it is called, also where it
   * returns before.)
   */
  #checkAliveLater(): void {
    this.#isCheckingAlive = true;
    const check = this.#runtime.delayFor(0);
    check.unref?.();
    check.then(() => {
      dispose(check);
      this.#isCheckingAlive = false;
      if (this.#alive > 0) return;
      this.#disarm();
      this.#arm();
    });
  }

  #arm(): void {
    if (this.#hasTurn) return; // armed when that is over
    const tick = this.#wheel.nextTick();
    if (tick === Number.POSITIVE_INFINITY) return;
    const isAlive = this.#alive > 0;
    if (this.#armed !== undefined && this.#armedTick <= tick && (this.#isArmedAlive || !isAlive)) return;
    this.#disarm();
    const delay = this.#runtime.delayFor(Math.max(0, this.#startMs + tick - this.#clock.monotonic()));
    if (!isAlive) delay.unref?.();
    this.#armed = delay;
    this.#armedTick = tick;
    this.#isArmedAlive = isAlive;
    delay.then(() => {
      if (this.#armed !== delay) return;
      this.#disarm();
      this.#expire();
    });
  }

  #disarm(): void {
    const delay = this.#armed;
    this.#armed = undefined;
    this.#armedTick = Number.POSITIVE_INFINITY;
    this.#isArmedAlive = false;
    if (delay !== undefined) dispose(delay);
  }

  #expire(): void {
    const tick = Math.floor(this.#clock.monotonic() - this.#startMs);
    for (let next = this.#wheel.nextTick(); next <= tick; next = this.#wheel.nextTick())
      this.#wheel.advance(next, this.#due);
    this.#tell();
  }

  /**
   * Calls back so many of those that are due; the rest after a turn of the host. What the callbacks begin comes later
   * in any case.
   */
  #tell(): void {
    for (let i = 0; i < CALLBACKS_PER_TURN; i++) {
      const node = this.#due.first;
      if (node === undefined) break;
      this.#due.remove(node);
      node.fire();
    }
    if (this.#due.first !== undefined) this.#takeTurn();
    else this.#arm();
  }

  #takeTurn(): void {
    if (this.#hasTurn) return;
    this.#hasTurn = true;
    const turn = this.#runtime.delayFor(0);
    turn.then(() => {
      dispose(turn);
      this.#hasTurn = false;
      for (let node = this.#soon.first; node !== undefined; node = this.#soon.first) {
        this.#soon.remove(node);
        this.#due.append(node);
      }
      this.#expire();
    });
  }

  fire(node: WheelDelay): void {
    node.state = "fired";
    if (node.keepsAlive) this.#alive--;
    const callback = node.callback;
    node.callback = undefined;
    if (callback === undefined) return;
    try {
      callback();
    } catch (error) {
      reportToHost(error); // and the other delays go on
    }
  }
}
