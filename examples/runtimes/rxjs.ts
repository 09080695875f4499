// Odradek on RxJS's schedulers: tasks on the asap scheduler, delays on the async one.
import { type Subscription, asapScheduler, asyncScheduler } from "rxjs";
import type { AsyncRuntime, Delay, Task } from "odradek/runtime";

class ScheduledDelay implements Delay {
  readonly #deadline: number;
  #subscription: Subscription | undefined;
  #callback: ((value: void) => void) | undefined;
  #hasFired = false;

  constructor(ms: number) {
    this.#deadline = performance.now() + (ms > 0 ? ms : 0);
    if (ms !== Infinity) this.#arm();
  }

  then(onElapsed: (value: void) => void): void {
    this.#callback = onElapsed;
    if (this.#hasFired) asapScheduler.schedule(() => this.#callback?.());
  }

  [Symbol.dispose](): void {
    this.#subscription?.unsubscribe();
    this.#callback = undefined;
  }

  /** RxJS fires up to a millisecond early, and at once beyond 2³¹ ms: so what is left is scheduled again. */
  #arm(): void {
    const rest = this.#deadline - performance.now();
    this.#subscription = asyncScheduler.schedule(
      () => {
        if (performance.now() < this.#deadline) return this.#arm();
        this.#hasFired = true;
        this.#callback?.();
      },
      Math.min(Math.max(rest, 1), 2 ** 31 - 1),
    );
  }
}

export const rxjsRuntime: AsyncRuntime<ScheduledDelay> = {
  spawn: (task: Task) => void asapScheduler.schedule(() => void task()),
  delayFor: (ms: number) => new ScheduledDelay(ms),
};
