// Runtimes that leave something behind, and break one law each.
import type { Delay } from "../../src/runtime/async-runtime.ts";
import { type BrokenRuntime, but, delayOf, delaying, wrapped } from "./broken-runtime.ts";

export const brokenResources: readonly BrokenRuntime[] = [
  {
    name: "keeps what was disposed",
    make: delaying((host) => {
      const kept: unknown[] = [];
      return (ms) =>
        wrapped(host(ms), {
          dispose: (dispose) => {
            dispose();
            if (ms >= 1000) kept.push(new Array<number>(20).fill(kept.length));
          },
        });
    }),
    breaks: ["R1"],
  },
  {
    name: "has 10,000 timers",
    make: delaying((host) => {
      let live = 0;
      return (ms) => {
        if (live >= 10_000)
          return delayOf(
            () => undefined,
            () => undefined,
          );
        live++;
        let isLive = true;
        const left = (): void => {
          if (isLive) live--;
          isLive = false;
        };
        return wrapped(host(ms), {
          then: (callback, then) =>
            then(() => {
              left();
              callback();
            }),
          dispose: (dispose) => {
            left();
            dispose();
          },
        });
      };
    }),
    breaks: ["R2"],
  },
  {
    name: "keeps a timer from its first delay on",
    make: delaying((host) => {
      let ticks: NodeJS.Timeout | undefined;
      return (ms) => {
        ticks ??= setInterval(() => undefined, 1000);
        return host(ms);
      };
    }),
    breaks: ["R3"],
  },
  {
    name: "has an `unref` that does nothing",
    make: but((host) => ({
      delayFor: (ms): Delay => Object.assign(wrapped(host.delayFor(ms), {}), { unref: () => undefined }),
    })),
    breaks: ["R4"],
  },
  {
    name: "has timers that keep no process alive",
    make: delaying((host) => (ms) => {
      const delay = host(ms);
      delay.unref?.();
      return delay;
    }),
    breaks: ["R5"],
  },
];
