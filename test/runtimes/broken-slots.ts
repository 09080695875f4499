// A runtime with one timer for all delays of the same length that are made in the same ms, in several broken forms.
import { nodeRuntime } from "../../src/platform/node/runtime.ts";
import type { AsyncRuntime, Delay } from "../../src/runtime/async-runtime.ts";
import { type Callback, delayOf, report } from "./broken-runtime.ts";

interface Slot {
  readonly ms: number;
  readonly timer: Delay;
  delays: { callback: Callback | undefined; isDisposed: boolean; hasFired: boolean }[];
}

interface Defects {
  /** Disposing one delay disposes all. */
  readonly disposesAll?: boolean;
  /** A delay that is disposed while the slot fires calls back. */
  readonly copies?: boolean;
  /** A callback that throws ends the slot. */
  readonly drops?: boolean;
}

/** Makes the runtime. `hasRoom` says whether the last delay of a slot has a place; one without never fires. */
export function slots(hasRoom: (slot: Slot) => boolean, { disposesAll, copies, drops }: Defects): () => AsyncRuntime {
  return () => {
    const host = nodeRuntime();
    const open = new Map<string, Slot>();
    const fire = (key: string, slot: Slot): void => {
      if (open.get(key) === slot) open.delete(key);
      slot.timer[Symbol.dispose]();
      const due = slot.delays.filter(({ isDisposed }) => !isDisposed);
      for (const delay of due) delay.hasFired = true;
      for (const delay of due) {
        if (delay.isDisposed && copies !== true) continue;
        try {
          delay.callback?.();
        } catch (error) {
          report(error);
          if (drops === true) return;
        }
      }
    };
    const delayFor = (ms: number): Delay => {
      if (!(ms > 0 && ms < 1000)) return host.delayFor(ms);
      const key = `${ms} from ${Math.ceil(performance.now())}`;
      let slot = open.get(key);
      if (slot === undefined) {
        // The rest of this ms is added: never early.
        const made: Slot = {
          ms,
          timer: host.delayFor(Math.ceil(performance.now()) - performance.now() + ms),
          delays: [],
        };
        void made.timer.then(() => fire(key, made));
        open.set(key, made);
        slot = made;
      }
      const { delays, timer } = slot;
      const own = { callback: undefined as Callback | undefined, isDisposed: false, hasFired: false };
      delays.push(own);
      if (!hasRoom(slot)) delays.pop();
      return delayOf(
        (callback) => {
          if (own.hasFired) setImmediate(() => (own.isDisposed ? undefined : callback()));
          else own.callback = callback;
        },
        () => {
          own.isDisposed = true;
          if (own.hasFired) return;
          if (disposesAll === true) for (const other of delays) other.isDisposed = true;
          if (delays.every(({ isDisposed }) => isDisposed)) {
            timer[Symbol.dispose]();
            if (open.get(key)?.timer === timer) open.delete(key);
          }
        },
      );
    };
    return { spawn: host.spawn, delayFor };
  };
}
