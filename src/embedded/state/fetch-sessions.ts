/** What a session remembers of a partition. */
export interface SessionPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  fetchOffset: number;
  maxBytes: number;
  currentLeaderEpoch: number;
  /** What the client was told last; −1 where nothing: then the next response names the partition. */
  toldHighWatermark: number;
}

export interface Session {
  readonly id: number;
  epoch: number;
  readonly partitions: Map<string, SessionPartition>;
}

const MAX_SESSIONS = 1000;

/** The incremental fetch sessions of one broker (KIP-227). The oldest is evicted when there are too many. */
export class FetchSessions {
  readonly #sessions = new Map<number, Session>();
  #nextId = 1;

  create(partitions: Map<string, SessionPartition>): Session {
    const session = { id: this.#nextId++, epoch: 1, partitions };
    this.#sessions.set(session.id, session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    return session;
  }

  get(id: number): Session | undefined {
    return this.#sessions.get(id);
  }

  remove(id: number): void {
    this.#sessions.delete(id);
  }
}
