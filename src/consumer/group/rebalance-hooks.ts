import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { Clock } from "../../runtime/async-runtime.ts";
import type { GroupSettings } from "./options.ts";

/** The changes of partitions; each has its hook. */
export type Change = "assigned" | "revoked" | "lost";

/** A hook that is running. */
export interface RunningHook {
  readonly name: "onAssigned" | "onRevoked" | "onLost";
  /** When it was called (monotonic ms). */
  readonly sinceMs: number;
}

const NAMES = { assigned: "onAssigned", revoked: "onRevoked", lost: "onLost" } as const;

/** The application's hooks for changes of its partitions, and which of them is running. */
export class RebalanceHooks {
  readonly #settings: Pick<GroupSettings, RunningHook["name"]>;
  readonly #clock: Clock;
  #running: RunningHook | undefined;

  constructor(settings: Pick<GroupSettings, RunningHook["name"]>, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** The hook that was called last, if it has not ended. */
  get running(): RunningHook | undefined {
    return this.#running;
  }

  async call(change: Change, partitions: readonly TopicPartition[]): Promise<void> {
    const name = NAMES[change];
    const { [name]: hook } = this.#settings;
    if (hook === undefined) return;
    const running = { name, sinceMs: this.#clock.monotonic() };
    this.#running = running;
    try {
      await hook(partitions.map(({ topic, partition }) => ({ topic, partition })));
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }
}
