import type { ProducerIdentity } from "../partition/producer-identity.ts";
import { nothingSent, type SentCounters } from "../sending/ledger.ts";
import type { Sequencer } from "../partition/sequencer.ts";
import type { TopicQueue } from "./topic-queue.ts";

/**
 * What must outlive a topic that got no record for `metadataMaxIdleMs`: the next sequence of each partition that was
 * written, since the broker remembers it (a batch with a lower one is taken for a duplicate, and dropped), and what the
 * metrics have counted.
 */
export class ForgottenTopics {
  readonly sent: SentCounters = nothingSent();
  readonly #sequencers = new Map<string, readonly Sequencer[]>();

  /** How many topics have partitions whose sequence goes on. */
  get size(): number {
    return this.#sequencers.size;
  }

  forget({ topic, sent, partitions }: TopicQueue): void {
    for (const name of Object.keys(this.sent) as (keyof SentCounters)[]) this.sent[name] += sent[name];
    if (partitions.some(({ sequencer }) => sequencer.identity !== undefined))
      this.#sequencers.set(
        topic,
        partitions.map(({ sequencer }) => sequencer),
      );
  }

  /** The sequencers of a topic that comes back, by partition. */
  take(topic: string): readonly Sequencer[] {
    const sequencers = this.#sequencers.get(topic);
    if (sequencers === undefined) return [];
    this.#sequencers.delete(topic);
    return sequencers;
  }

  /** Under another producer id or epoch every partition begins with 0 again. */
  prune(current: ProducerIdentity | undefined): void {
    for (const [topic, sequencers] of this.#sequencers)
      if (sequencers.every(({ identity }) => identity !== current)) this.#sequencers.delete(topic);
  }
}
