import type { AsyncRuntime, Clock, Delay, Task } from "./async-runtime.ts";
import { dispose } from "./dispose.ts";
import { reportToHost } from "./report-to-host.ts";
import { TimerWheel, WheelEntry, WheelList } from "./timer-wheel.ts";

/** Options of {@link wheelRuntime}. */
export interface WheelRuntimeOptions {
  /** Starts the tasks, and provides the single timer of the wheel: usually the host's default runtime. */
  readonly runtime: AsyncRuntime;
  /** The clock that the runtime's delays follow. */
  readonly clock: Clock;
}

/** How many nodes are kept for reuse. Further ones are left to the garbage collector. */
const MAX_POOLED = 65_536;
/**
 * How many delays of a burst read the clock. Later ones share one reading, taken at the end of their turn. A reading
 * costs as much as everything else together, and 16 bytes on Node. Most delays of a burst are disposed before it ends
 * and never need one.
 */
const READINGS_PER_BURST = 16;
/** How many callbacks are called before the host gets a turn: a million delays of one instant must not block it. */
const CALLBACKS_PER_TURN = 4096;

/**
 * A runtime with very cheap delays: a timer wheel with a resolution of 1 ms, whose nodes are the delays themselves and
 * are reused. For hosts with very many timers, or with expensive ones (1.8 µs on Deno and workerd).
 *
 * All delays share one delay of the underlying runtime. A node returns to the pool only when it is disposed, never when
 * it fires. So disposing a delay that has fired cannot cancel the delay of another caller. A node that fired and is
 * never disposed is left to the garbage collector.
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

/** A node of the wheel and a delay. It holds one callback and can be awaited. */
export class WheelDelay extends WheelEntry implements Delay {
  readonly #timers: WheelTimers;
  /** Only for the wheel, like all fields. @internal */
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

  /** Calls `onElapsed` once, when the time is over; see {@link Delay}. */
  then(onElapsed: (value: void) => void): void {
    if (this.state === "fired") this.#timers.tellLater(this, onElapsed);
    else this.callback = onElapsed;
  }

  /** Lets the process end before this delay has elapsed; see {@link Delay}. */
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
  /** Entries that are due but not called yet, and those that wait for the host's next turn. */
  readonly #due: WheelList = new WheelList();
  readonly #soon: WheelList = new WheelList();
  /** The delays of a burst for which the clock was not read. */
  readonly #fresh: WheelList = new WheelList();
  /** Nodes for reuse, as a linked list: an array would grow and shrink with every delay. */
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
  /** The number of waiting delays that keep the process alive. */
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

  /** `then` on a delay that has already fired: calls back in a later task. */
  tellLater(node: WheelDelay, callback: (value: void) => void): void {
    node.callback = callback;
    this.#runtime.spawn(async () => {
      if (node.state !== "fired" || node.callback !== callback) return; // disposed, and perhaps reused by now
      node.callback = undefined;
      await Promise.resolve(callback());
    });
  }

  #wait(node: WheelDelay, durationMs: number): void {
    if (durationMs === Number.POSITIVE_INFINITY) return; // is in no list, and never fires
    if (this.#readings++ < READINGS_PER_BURST) {
      this.#place(node, this.#clock.monotonic() - this.#startMs + durationMs);
      if (node.tick < this.#armedTick || !this.#isArmedAlive) this.#arm();
      return;
    }
    node.tick = durationMs; // temporarily, until it is placed
    this.#fresh.append(node);
    if (this.#isSortingFresh) return;
    this.#isSortingFresh = true;
    this.#runtime.spawn(this.#sortFresh);
  }

  /** Rounds up to whole ticks, so that it never fires early. */
  #place(node: WheelEntry, sinceStartMs: number): void {
    node.tick = Math.ceil(sinceStartMs);
    this.#wheel.add(node);
  }

  /** Places the delays of a burst. Their durations count from now, which is later than the creation of each. */
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
   * Checks a turn later whether anything still keeps the process alive: most delays are followed by another. (A
   * separate method: a function that creates a closure allocates its context on every call, even if it returns before.)
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
    if (this.#hasTurn) return; // the end of that turn arms it
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
   * Calls back a limited number of due delays, and the rest after a turn of the host. Delays created by the callbacks
   * come later in any case.
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
      reportToHost(error); // report it, so that the other delays still fire
    }
  }
}
