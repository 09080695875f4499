// Odradek inside Effect: tasks are fibers, delays are sleeping fibers. Effect's own scheduler decides when each goes
// on.
import type { Fiber } from "effect";
import { Clock, Effect, Exit } from "effect";
import type { AsyncRuntime, Delay, Task } from "odradek/runtime";

/** A fiber that sleeps: disposing it interrupts the fiber. Sleeps that end early are slept again. */
class FiberDelay implements Delay {
  readonly #fiber: Fiber.Fiber<void>;

  constructor(ms: number) {
    this.#fiber = Effect.runFork(sleepUntil(performance.now() + (ms > 0 ? ms : 0)));
  }

  then(onElapsed: (value: void) => void): void {
    this.#fiber.addObserver((exit) => {
      if (Exit.isSuccess(exit)) void Promise.resolve().then(onElapsed); // never inside `then` itself
    });
  }

  [Symbol.dispose](): void {
    this.#fiber.interruptUnsafe();
  }
}

const sleepUntil = (deadline: number): Effect.Effect<void> =>
  Effect.suspend(() => Effect.sleep(Math.min(deadline - performance.now(), 2 ** 31 - 1))).pipe(
    Effect.repeat({ until: () => performance.now() >= deadline }),
    Effect.asVoid,
  );

export const effectRuntime: AsyncRuntime<FiberDelay> = {
  // `yieldNow` first: a fork begins at once, and a task must not run before `spawn` has returned.
  spawn: (task: Task) => void Effect.runFork(Effect.yieldNow.pipe(Effect.andThen(Effect.sync(() => void task())))),
  delayFor: (ms: number) => new FiberDelay(ms),
};

/** For programs that want Effect's clock in their logs: the two agree. */
export const effectNow: Effect.Effect<number> = Clock.currentTimeMillis;
