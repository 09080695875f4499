import type { ProducerIdentity } from "../partition/producer-identity.ts";
import { nothingSent, type SentCounters } from "../sending/ledger.ts";
import type { Sequencer } from "../partition/sequencer.ts";
import type { TopicQueue } from "./topic-queue.ts";

/**
 * The remains of topics that got no record for `metadataMaxIdleMs`. The next sequence of each written partition is
 * kept, because the broker remembers it too and would drop a batch with a lower one as a duplicate. The metrics'
 * counters are kept as well.
 */
export class ForgottenTopics {
  readonly sent: SentCounters = nothingSent();
  readonly #sequencers = new Map<string, readonly Sequencer[]>();

  /** How many topics have remembered sequences. */
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

  /** Removes and returns the sequencers of a topic that is used again, by partition. */
  take(topic: string): readonly Sequencer[] {
    const sequencers = this.#sequencers.get(topic);
    if (sequencers === undefined) return [];
    this.#sequencers.delete(topic);
    return sequencers;
  }

  /** Drops sequencers of another producer id or epoch: there, every partition begins at 0 again. */
  prune(current: ProducerIdentity | undefined): void {
    for (const [topic, sequencers] of this.#sequencers)
      if (sequencers.every(({ identity }) => identity !== current)) this.#sequencers.delete(topic);
  }
}
