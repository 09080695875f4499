import type { GivenPartitions } from "./check-partitions.ts";

/** The paused part of one topic. */
interface PausedTopic {
  /** All partitions, also those that come later, without the resumed ones. */
  isWhole: boolean;
  readonly paused: Set<number>;
  readonly resumed: Set<number>;
}

/** The partitions that the user has paused: kept through rebalances, and for partitions that are not assigned yet. */
export class PausedPartitions {
  readonly #topics = new Map<string, PausedTopic>();

  pause({ topic, partitions }: GivenPartitions): void {
    const state = this.#of(topic);
    if (partitions === undefined) {
      state.isWhole = true;
      state.resumed.clear();
    } else
      for (const partition of partitions) {
        state.paused.add(partition);
        state.resumed.delete(partition);
      }
  }

  resume({ topic, partitions }: GivenPartitions): void {
    const state = this.#of(topic);
    if (partitions === undefined) this.#topics.delete(topic);
    else
      for (const partition of partitions) {
        state.paused.delete(partition);
        if (state.isWhole) state.resumed.add(partition);
      }
  }

  has(topic: string, partition: number): boolean {
    const state = this.#topics.get(topic);
    if (state === undefined) return false;
    return state.paused.has(partition) || (state.isWhole && !state.resumed.has(partition));
  }

  #of(topic: string): PausedTopic {
    const state = this.#topics.get(topic) ?? { isWhole: false, paused: new Set(), resumed: new Set() };
    this.#topics.set(topic, state);
    return state;
  }
}
