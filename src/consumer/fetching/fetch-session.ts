/** What a session knows of a partition: a change of any of it must be told to the broker. */
export interface SessionPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly fetchOffset: number;
  readonly leaderEpoch: number;
  readonly lastFetchedEpoch: number;
  readonly maxBytes: number;
}

/** What the next request of a session says. */
export interface SessionRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  /** New and changed partitions; in a full request all of them. */
  readonly partitions: readonly SessionPartition[];
  /** Partitions that are not to be fetched any more. */
  readonly forgotten: readonly SessionPartition[];
}

const keyOf = (p: SessionPartition): string => `${p.topicId}/${p.topic}/${p.partition}`;
const isSame = (a: SessionPartition, b: SessionPartition): boolean =>
  a.fetchOffset === b.fetchOffset &&
  a.leaderEpoch === b.leaderEpoch &&
  a.lastFetchedEpoch === b.lastFetchedEpoch &&
  a.maxBytes === b.maxBytes;

const LAST_EPOCH = 2_147_483_647;

/**
 * An incremental fetch session with one broker (KIP-227): the broker remembers the partitions, and a request names only
 * what changed. Pure: it says what to send, and is told what came. What was sent counts only when the response was
 * good.
 */
export class FetchSession {
  #id = 0;
  #epoch = 0;
  #known = new Map<string, SessionPartition>();
  #sent: Map<string, SessionPartition> | undefined;

  get id(): number {
    return this.#id;
  }

  /** The request for these partitions. */
  request(wanted: readonly SessionPartition[]): SessionRequest {
    const next = new Map(wanted.map((partition) => [keyOf(partition), partition]));
    this.#sent = next;
    if (this.#epoch === 0) return { sessionId: this.#id, sessionEpoch: 0, partitions: wanted, forgotten: [] };
    const partitions = wanted.filter((partition) => {
      const known = this.#known.get(keyOf(partition));
      return known === undefined || !isSame(known, partition);
    });
    const forgotten = [...this.#known].filter(([key]) => !next.has(key)).map(([, partition]) => partition);
    return { sessionId: this.#id, sessionEpoch: this.#epoch, partitions, forgotten };
  }

  /** The response was good: the broker has the session under this id, or 0 where it keeps none. */
  succeeded(sessionId: number): void {
    if (sessionId === 0) {
      this.reset();
      return;
    }
    this.#known = this.#sent ?? new Map<string, SessionPartition>();
    this.#sent = undefined;
    this.#epoch = this.#id !== sessionId ? 1 : this.#epoch === LAST_EPOCH ? 1 : this.#epoch + 1;
    this.#id = sessionId;
  }

  /**
   * The broker does not know the session (any more), or nothing is known of the last request: begin with a full one.
   */
  reset(): void {
    this.#id = 0;
    this.#epoch = 0;
    this.#known = new Map();
    this.#sent = undefined;
  }
}
