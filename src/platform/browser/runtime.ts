import type { AsyncRuntime, DefaultRuntime, Task } from "../../runtime/async-runtime.ts";

type PageDelay = Promise<void> & Disposable;

/** The longest delay of a page's timers; longer ones fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * The default runtime in a page or a web worker. Its delays never fire early and can have any length. A delay of 0 is a
 * message to the page itself, since timers of 0 wait for 4 ms. A browser delays the timers of a page in the background
 * to one a second, and later to one a minute.
 */
export function browserRuntime(): DefaultRuntime {
  const turns = new Turns();
  const runtime: AsyncRuntime<PageDelay> = {
    spawn: (task: Task): void => void Promise.resolve().then(task),
    delayFor: (durationMs: number): PageDelay => (durationMs > 0 ? timedDelay(durationMs) : turns.next()),
  };
  return runtime;
}

/** One turn of the page: after it, all promise callbacks have run, and messages and timers that are due too. */
export function browserDrain(): Promise<void> {
  return new Turns().next();
}

/** The part of a port that only Node has, where tests run: an open port would keep the process alive. */
interface PortOfNode {
  ref?(): void;
  unref?(): void;
}

/** Turns of the page's event loop. All that wait for the next one share a message. */
class Turns {
  #channel: InstanceType<typeof MessageChannel> | undefined;
  #waiting: (() => void)[] = [];

  next(): PageDelay {
    let resolveTurn: (() => void) | undefined;
    const promise = new Promise<void>((resolve) => {
      resolveTurn = resolve;
      this.#add(resolve);
    }) as PageDelay;
    promise[Symbol.dispose] = (): void => {
      const i = resolveTurn === undefined ? -1 : this.#waiting.indexOf(resolveTurn);
      if (i >= 0) this.#waiting.splice(i, 1);
    };
    return promise;
  }

  #add(resolve: () => void): void {
    this.#channel ??= this.#open();
    this.#waiting.push(resolve);
    if (this.#waiting.length > 1) return;
    (this.#channel.port1 as PortOfNode).ref?.();
    this.#channel.port2.postMessage(0);
  }

  #open(): InstanceType<typeof MessageChannel> {
    const channel = new MessageChannel();
    (channel.port1 as unknown as { onmessage: () => void }).onmessage = () => this.#turned();
    return channel;
  }

  #turned(): void {
    (this.#channel?.port1 as PortOfNode | undefined)?.unref?.();
    const due = this.#waiting;
    this.#waiting = [];
    for (const resolve of due) resolve();
  }
}

function timedDelay(durationMs: number): PageDelay {
  const deadline = performance.now() + durationMs;
  let handle: ReturnType<typeof setTimeout> | undefined;
  const promise = new Promise<void>((resolve) => {
    const arm = (ms: number): void => {
      handle = setTimeout(check, Math.min(Math.ceil(ms), MAX_TIMER_MS));
    };
    const check = (): void => {
      const rest = deadline - performance.now();
      if (rest > 0) arm(rest);
      else resolve();
    };
    arm(durationMs);
  }) as PageDelay;
  promise[Symbol.dispose] = (): void => clearTimeout(handle);
  return promise;
}
