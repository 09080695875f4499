import * as ErrorCode from "../../errors/error-code.ts";

/** A partition in a session. */
export interface SessionPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly fetchOffset: number;
  readonly maxBytes: number;
  readonly currentLeaderEpoch: number;
  readonly lastFetchedEpoch: number;
  /** The high watermark that the client got last; −1 if none, so that the next response includes the partition. */
  toldHighWatermark: number;
}

/** An incremental fetch session. */
export interface Session {
  readonly id: number;
  /** The epoch that the next request must have. */
  epoch: number;
  /** Whether topics are named by ids. A client may not change that within a session. */
  readonly usesTopicIds: boolean;
  /** In the order in which they are served. A partition that returned records moves to the end. */
  readonly partitions: Map<string, SessionPartition>;
}

/** The session fields and the partitions of a Fetch request. */
export interface FetchPlan {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly usesTopicIds: boolean;
  readonly named: readonly SessionPartition[];
  readonly forgotten: readonly Pick<SessionPartition, "topic" | "topicId" | "partition">[];
}

/** The partitions to serve, and their session, if there is one. */
export interface OpenedFetch {
  readonly errorCode: number;
  readonly session: Session | undefined;
  /** Whether the response contains only partitions with news. */
  readonly isIncremental: boolean;
  readonly partitions: readonly SessionPartition[];
}

/** The epoch of a fetch that wants no session. */
const NO_SESSION = -1;
const MAX_SESSIONS = 1000;
const MAX_EPOCH = 2_147_483_647;

/**
 * The incremental fetch sessions of one broker (KIP-227). When there are too many, the one that was not used for the
 * longest time is evicted.
 */
export class FetchSessions {
  readonly #sessions = new Map<number, Session>();
  #nextId = 1;

  get size(): number {
    return this.#sessions.size;
  }

  /** Epoch 0 requests a session; −1 requests none, or ends one; any other epoch continues the session. */
  open(all: FetchPlan): OpenedFetch {
    // If a partition is named twice, it counts once: at the place of the first, with the values of the last.
    const named = [...new Map(all.named.map((partition) => [keyOf(partition), partition])).values()];
    const plan = { ...all, named };
    const { sessionId, sessionEpoch } = plan;
    if (sessionEpoch !== 0 && sessionEpoch !== NO_SESSION) return this.#continue(plan);
    if (sessionId !== 0) this.#sessions.delete(sessionId);
    return {
      errorCode: ErrorCode.NONE,
      session: sessionEpoch === 0 ? this.#create(plan) : undefined,
      isIncremental: false,
      partitions: named,
    };
  }

  /**
   * Returns whether a partition must be in an incremental response, and remembers its high watermark as sent.
   * `hasContent`: it has records, or reports that the logs diverge.
   */
  tell(
    opened: OpenedFetch,
    partition: SessionPartition,
    errorCode: number,
    highWatermark: number,
    hasContent: boolean,
  ): boolean {
    const isNews = errorCode !== ErrorCode.NONE || hasContent || highWatermark !== partition.toldHighWatermark;
    partition.toldHighWatermark = errorCode === ErrorCode.NONE ? highWatermark : -1;
    if (opened.isIncremental && hasContent && opened.session !== undefined) {
      // Move it to the end, so that the others get their turn even if the response limit is small.
      const key = keyOf(partition);
      opened.session.partitions.delete(key);
      opened.session.partitions.set(key, partition);
    }
    return isNews || !opened.isIncremental;
  }

  /**
   * Answers a fetch without its partitions, because the client is throttled. Returns the session id of the response: a
   * session that is open goes on, and a new one is not made, as in Kafka.
   */
  postpone({ session, isIncremental }: OpenedFetch): number {
    if (session === undefined) return 0;
    if (isIncremental) return session.id;
    this.#sessions.delete(session.id);
    return 0;
  }

  /** The partitions of a session; none for an unknown id. */
  partitionsOf(sessionId: number): readonly SessionPartition[] {
    return [...(this.#sessions.get(sessionId)?.partitions.values() ?? [])];
  }

  /** Forgets all sessions, as a broker does that stops. */
  clear(): void {
    this.#sessions.clear();
  }

  #create(plan: FetchPlan): Session {
    const session = {
      id: this.#nextId++,
      epoch: 1,
      usesTopicIds: plan.usesTopicIds,
      partitions: new Map(plan.named.map((partition) => [keyOf(partition), partition])),
    };
    this.#sessions.set(session.id, session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    return session;
  }

  #continue({ sessionId, sessionEpoch, usesTopicIds, named, forgotten }: FetchPlan): OpenedFetch {
    const refuse = (errorCode: number): OpenedFetch => ({
      errorCode,
      session: undefined,
      isIncremental: false,
      partitions: [],
    });
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return refuse(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    if (session.epoch !== sessionEpoch) return refuse(ErrorCode.INVALID_FETCH_SESSION_EPOCH);
    if (session.usesTopicIds !== usesTopicIds) return refuse(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
    for (const partition of named) {
      const key = keyOf(partition);
      // A changed request does not change what the client was last sent; the place in the order stays too.
      session.partitions.set(key, {
        ...partition,
        toldHighWatermark: session.partitions.get(key)?.toldHighWatermark ?? -1,
      });
    }
    for (const partition of forgotten) session.partitions.delete(keyOf(partition));
    this.#sessions.delete(sessionId);
    if (session.partitions.size === 0) return refuse(ErrorCode.NONE);
    session.epoch = sessionEpoch === MAX_EPOCH ? 1 : sessionEpoch + 1;
    this.#sessions.set(sessionId, session);
    return { errorCode: ErrorCode.NONE, session, isIncremental: true, partitions: [...session.partitions.values()] };
  }
}

function keyOf({ topic, topicId, partition }: Pick<SessionPartition, "topic" | "topicId" | "partition">): string {
  return `${topicId}/${topic}/${partition}`;
}
