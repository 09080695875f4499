import * as ErrorCode from "../../errors/error-code.ts";

/** What a session remembers of a partition. */
export interface SessionPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly fetchOffset: number;
  readonly maxBytes: number;
  readonly currentLeaderEpoch: number;
  readonly lastFetchedEpoch: number;
  /** What the client was told last; −1 where nothing: then the next response names the partition. */
  toldHighWatermark: number;
}

export interface Session {
  readonly id: number;
  /** The epoch that the next request must have. */
  epoch: number;
  /** Whether topics are named by ids: a client may not change that within a session. */
  readonly usesTopicIds: boolean;
  /** In the order in which they are served: what brought records goes to the end. */
  readonly partitions: Map<string, SessionPartition>;
}

/** What a Fetch request says of its session, and of partitions. */
export interface FetchPlan {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly usesTopicIds: boolean;
  readonly named: readonly SessionPartition[];
  readonly forgotten: readonly Pick<SessionPartition, "topic" | "topicId" | "partition">[];
}

/** The partitions to serve, and the session that they are remembered in, if any. */
export interface OpenedFetch {
  readonly errorCode: number;
  readonly session: Session | undefined;
  /** Whether only what is new is told. */
  readonly isIncremental: boolean;
  readonly partitions: readonly SessionPartition[];
}

/** The epoch of a fetch that wants no session. */
const NO_SESSION = -1;
const MAX_SESSIONS = 1000;
const MAX_EPOCH = 2_147_483_647;

/**
 * The incremental fetch sessions of one broker (KIP-227). The one that was unused for longest is evicted when there are
 * too many.
 */
export class FetchSessions {
  readonly #sessions = new Map<number, Session>();
  #nextId = 1;

  get size(): number {
    return this.#sessions.size;
  }

  /**
   * Epoch 0 asks for a session, −1 for none, or for the end of one; anything else goes on with the one that there is.
   */
  open(all: FetchPlan): OpenedFetch {
    // A partition that is named twice counts once: where it was first, as it was last.
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
   * Whether an answer of this partition is worth a place in an incremental response; remembers that it was told.
   * `hasContent`: it has records, or says where logs part.
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
      // It goes to the end, so that with a small limit on the response the others get their turn.
      const key = keyOf(partition);
      opened.session.partitions.delete(key);
      opened.session.partitions.set(key, partition);
    }
    return isNews || !opened.isIncremental;
  }

  /** What a session remembers; nothing where there is none of this id. */
  partitionsOf(sessionId: number): readonly SessionPartition[] {
    return [...(this.#sessions.get(sessionId)?.partitions.values() ?? [])];
  }

  /** Forgets everything, as a broker does that stops. */
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
      // What the client was told does not change because it asks for something else; the place in the order stays too.
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
