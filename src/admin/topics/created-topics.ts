/**
 * Brokers learn of a new topic one after the other. For this long after its creation, in ms, one may not know it.
 */
const CREATED_LATELY_MS = 5000;

/** The topics that an admin created lately. */
export class CreatedTopics {
  /** By name, with the time until which a broker may not know them. */
  readonly #topics = new Map<string, number>();

  add(topic: string, nowMs: number): void {
    for (const [name, untilMs] of this.#topics) if (untilMs <= nowMs) this.#topics.delete(name);
    this.#topics.set(topic, nowMs + CREATED_LATELY_MS);
  }

  delete(topic: string): void {
    this.#topics.delete(topic);
  }

  /** Whether a broker may not know the topic yet. */
  isNew(topic: string, nowMs: number): boolean {
    return nowMs < (this.#topics.get(topic) ?? 0);
  }
}
