// Runtimes whose `delayFor` breaks one law each.
import { nodeRuntime } from "../../src/platform/node/runtime.ts";
import type { Delay } from "../../src/runtime/async-runtime.ts";
import { slots } from "./broken-slots.ts";
import { type BrokenRuntime, type Callback, delayOf, delaying, wrapped } from "./broken-runtime.ts";

const never = (): Delay =>
  delayOf(
    () => undefined,
    () => undefined,
  );

/** A delay waits until no delay that is due within 700 ms is left: the longest is first. */
function longestFirst(host: (ms: number) => Delay): (ms: number) => Delay {
  const waiting = new Set<{ readonly due: number }>();
  return (ms) => {
    if (!(ms > 0 && ms < 700) || waiting.size >= 50) return host(ms);
    const own = { due: performance.now() + ms };
    waiting.add(own);
    let timer = host(ms);
    let isDisposed = false;
    const then = (callback: Callback): void => {
      void timer.then(() => {
        if (isDisposed) return;
        const isNext = [...waiting].every(({ due }) => due <= own.due + 2);
        if (isNext) {
          waiting.delete(own);
          callback();
          return;
        }
        timer = host(5);
        then(callback);
      });
    };
    return delayOf(then, () => {
      isDisposed = true;
      waiting.delete(own);
      timer[Symbol.dispose]();
    });
  };
}

/** The delays that are due within 50 ms wait for one timer, and are then served from the end, 4 ms apart. */
function lastFirst(host: (ms: number) => Delay): (ms: number) => Delay {
  interface Own {
    readonly due: number;
    callback?: Callback | undefined;
    state: "waiting" | "fired" | "disposed";
  }
  let bucket: Own[] | undefined;
  const after = (ms: number, then: () => void): void => {
    const delay = host(ms);
    void delay.then(() => {
      delay[Symbol.dispose]();
      then();
    });
  };
  const serve = (delays: Own[]): void => {
    let own = delays.pop();
    while (own?.state === "disposed") own = delays.pop();
    if (own === undefined) return;
    const early = own.due - performance.now();
    if (early > 0) {
      delays.push(own);
      after(early, () => serve(delays));
      return;
    }
    own.state = "fired";
    after(delays.length > 30 ? 0 : 4, () => serve(delays));
    own.callback?.();
  };
  return (ms) => {
    if (!(ms > 0 && ms <= 50)) return host(ms);
    const own: Own = { due: performance.now() + ms, state: "waiting" };
    if (bucket === undefined) {
      const made: Own[] = (bucket = []);
      after(50, () => {
        bucket = undefined;
        serve(made);
      });
    }
    bucket.push(own);
    return delayOf(
      (callback) => {
        if (own.state === "fired") setImmediate(() => (own.state === "fired" ? callback() : undefined));
        else own.callback = callback;
      },
      () => {
        own.state = "disposed";
      },
    );
  };
}

/** A pool whose nodes return when they fire: disposing one later disposes the delay of another caller. */
function poolThatRecyclesOnFiring(host: (ms: number) => Delay): (ms: number) => Delay {
  interface Node extends Delay {
    timer: NodeJS.Timeout | undefined;
    callback: Callback | undefined;
    hasFired: boolean;
  }
  const pool: Node[] = [];
  const make = (): Node => {
    const node: Node = {
      timer: undefined,
      callback: undefined,
      hasFired: false,
      then: (callback) => {
        if (node.hasFired) setImmediate(callback);
        else node.callback = callback;
      },
      [Symbol.dispose]: () => {
        clearTimeout(node.timer);
        node.callback = undefined;
      },
    };
    return node;
  };
  return (ms) => {
    if (!(ms > 0) || ms > 2 ** 31 - 1) return host(ms);
    const node = pool.pop() ?? make();
    node.hasFired = false;
    node.callback = undefined;
    const due = performance.now() + ms;
    const fire = (): void => {
      if (performance.now() < due) {
        node.timer = setTimeout(fire, due - performance.now());
        return;
      }
      const callback = node.callback;
      node.callback = undefined;
      node.hasFired = true;
      pool.push(node);
      if (callback !== undefined) void Promise.resolve().then(callback);
    };
    node.timer = setTimeout(fire, ms);
    return node;
  };
}

function rejectsWhenDisposed(delay: Delay): Delay {
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((resolve, fail) => {
    reject = fail;
    void delay.then(resolve);
  }) as Promise<void> & Disposable;
  promise.catch(() => undefined);
  promise[Symbol.dispose] = () => {
    delay[Symbol.dispose]();
    reject(new Error("the delay was disposed"));
  };
  return promise;
}

/** A delay of 0 ms that a callback makes fires inside of it. */
function insideCallbacks(host: (ms: number) => Delay): (ms: number) => Delay {
  let depth = 0;
  return (ms) => {
    const call = (callback: Callback): void => {
      depth++;
      callback();
      depth--;
    };
    if (ms === 0 && depth > 0 && depth < 50)
      return delayOf(
        (callback) => call(callback),
        () => undefined,
      );
    return wrapped(host(ms), { then: (callback, then) => then(() => call(callback)) });
  };
}

/** Delays of 0 ms are microtasks, but for each 500,000th. */
function oftenWithoutTurn(host: (ms: number) => Delay): (ms: number) => Delay {
  let count = 0;
  return (ms) => (ms === 0 && ++count % 500_000 !== 0 ? microtaskDelay() : host(ms));
}

export function microtaskDelay(): Delay {
  let isDisposed = false;
  const delay = Promise.resolve().then(() =>
    isDisposed ? new Promise<void>(() => undefined) : undefined,
  ) as Promise<void> & Disposable;
  delay[Symbol.dispose] = () => {
    isDisposed = true;
  };
  return delay;
}

/** Whether `then` came too late. */
function deafAfterFiring(host: (ms: number) => Delay): (ms: number) => Delay {
  return (ms) => {
    const delay = host(ms);
    let callback: Callback | undefined;
    void delay.then(() => callback?.());
    return wrapped(delay, {
      then: (given) => {
        callback = given;
      },
    });
  };
}

export const brokenDelays: readonly BrokenRuntime[] = [
  {
    name: "fires early",
    make: delaying((host) => (ms) => host(ms > 1 ? ms - 0.9 : ms)),
    breaks: ["D1"],
  },
  {
    name: "fires early by a ms from 100 ms on",
    make: delaying((host) => (ms) => host(ms >= 100 ? ms - 1 : ms)),
    breaks: ["D1"],
  },
  { name: "serves the last delay first", make: delaying(lastFirst), breaks: ["D2"] },
  {
    name: "fires longer delays sooner",
    make: delaying((host) => (ms) => host(ms >= 15 && ms <= 35 ? 70 - ms : ms)),
    breaks: ["D2"],
  },
  { name: "serves the longest delay first", make: delaying(longestFirst), breaks: ["D2"] },
  {
    name: "has 128 places for the delays of an instant",
    make: slots((slot) => slot.ms >= 16 || slot.delays.length <= 128, {}),
    breaks: ["D3"],
  },
  {
    name: "never fires for what is no positive number",
    make: delaying((host) => (ms) => (ms >= 0 ? host(ms) : never())),
    breaks: ["D4"],
  },
  {
    name: "fires at once beyond 31 bits",
    make: delaying((host) => (ms) => host(ms > 2 ** 31 - 1 && ms < Infinity ? 1 : ms)),
    breaks: ["D5"],
  },
  {
    name: "fires at once for Infinity",
    make: delaying((host) => (ms) => host(ms === Infinity ? 1 : ms)),
    breaks: ["D6"],
  },
  {
    name: "calls back when it is disposed, so that no one waits for ever",
    make: delaying((host) => (ms) => {
      const due = performance.now() + ms;
      let callback: Callback | undefined;
      return wrapped(host(ms), {
        then: (given, then) => {
          callback = given;
          then(() => {
            callback = undefined;
            given();
          });
        },
        dispose: (dispose) => {
          dispose();
          if (performance.now() < due) callback?.();
          callback = undefined;
        },
      });
    }),
    breaks: ["D7"],
  },
  {
    name: "throws at the second dispose",
    make: delaying((host) => (ms) => {
      let isDisposed = false;
      return wrapped(host(ms), {
        dispose: (dispose) => {
          if (isDisposed) throw new Error("disposed twice");
          isDisposed = true;
          dispose();
        },
      });
    }),
    breaks: ["D8"],
  },
  { name: "disposes all delays of an instant", make: slots(() => true, { disposesAll: true }), breaks: ["D9"] },
  { name: "copies what is due before it calls back", make: slots(() => true, { copies: true }), breaks: ["D10"] },
  { name: "forgets `then` after it fired", make: delaying(deafAfterFiring), breaks: ["D11"] },
  {
    name: "gives a value",
    make: delaying(
      (host) => (ms) => wrapped(host(ms), { then: (callback, then) => then(() => callback(7 as unknown as void)) }),
    ),
    breaks: ["D12"],
  },
  {
    name: "rejects when it is disposed",
    make: delaying((host) => (ms) => rejectsWhenDisposed(host(ms))),
    breaks: ["D13"],
  },
  {
    name: "drops the rest of an instant when a callback throws",
    make: slots(() => true, { drops: true }),
    breaks: ["D14"],
  },
  { name: "fires inside of callbacks", make: delaying(insideCallbacks), breaks: ["D15"] },
  {
    name: "recycles on firing",
    make: () => ({ spawn: nodeRuntime().spawn, delayFor: poolThatRecyclesOnFiring(nodeRuntime().delayFor) }),
    breaks: ["D18"],
  },
  { name: "gives the host a turn now and then", make: delaying(oftenWithoutTurn), breaks: ["D19"] },
  {
    name: "forgets delays of a second and more",
    make: delaying((host) => (ms) => (ms >= 900 && ms < 9000 ? host(2_000_000_000) : host(ms))),
    breaks: ["D20"],
  },
  {
    name: "has no delays above four seconds",
    make: delaying((host) => (ms) => host(ms < Infinity ? Math.min(ms, 4000) : ms)),
    breaks: ["D20"],
    longestDelayMs: 5000,
  },
  {
    name: "is a wheel of 8192 ms without rounds",
    make: delaying((host) => (ms) => host(ms > 9000 && ms < 2 ** 31 ? ms % 8192 : ms)),
    breaks: ["D21"],
  },
];
