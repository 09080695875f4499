import { ZERO_UUID } from "../../wire/uuid.ts";

/** A partition as a session has it. The names of what is sent are those of the Fetch request. */
export interface SessionEntry<T> {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly partitionMaxBytes: number;
  readonly fetchOffset: number;
  readonly currentLeaderEpoch: number;
  readonly lastFetchedEpoch: number;
  /** Whose it is; undefined once that has left. */
  readonly owner: T | undefined;
  /** Whether the next request asks for it. */
  readonly isWanted: boolean;
}

/** An entry as the session changes it. */
interface Entry<T> extends SessionEntry<T> {
  fetchOffset: number;
  currentLeaderEpoch: number;
  lastFetchedEpoch: number;
  owner: T | undefined;
  isWanted: boolean;
  /** Whether the broker has it in its session, and then with which values. */
  isKnown: boolean;
  toldOffset: number;
  toldLeaderEpoch: number;
  toldFetchedEpoch: number;
}

/** What the next request of a session says. */
export interface SessionRequest<T> {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  /** New and changed partitions; in a full request all of them. */
  readonly partitions: readonly SessionEntry<T>[];
  /** Partitions that are not to be fetched any more. */
  readonly forgotten: readonly SessionEntry<T>[];
}

const LAST_EPOCH = 2_147_483_647;
/** Of a request without a session: the broker answers it, and remembers nothing. */
const NO_SESSION = { sessionId: 0, sessionEpoch: -1, forgotten: [] } as const;

/**
 * An incremental fetch session with one broker (KIP-227): the broker remembers the partitions, and a request names only
 * what changed. So does this side: a fetch costs by what changed since the last one, not by how many partitions there
 * are. Pure: it says what to send, and learns what came. What was sent counts only when the response was good.
 */
export class FetchSession<T> {
  #id = 0;
  /** 0: the next request is a full one, and what entries say of the broker means nothing. */
  #epoch = 0;
  readonly #byTopic = new Map<string, Map<number, Entry<T>>>();
  /** The same, by topic id. */
  readonly #byId = new Map<string, Map<number, Entry<T>>>();
  readonly #changed = new Set<Entry<T>>();
  readonly #dropped = new Set<Entry<T>>();
  #wanted = 0;
  #nameless = 0;

  /** How many partitions the next request asks for. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Whether one of them is of a topic whose id is not known. */
  get hasNameless(): boolean {
    return this.#nameless > 0;
  }

  /** Whether the next request says something new of one of them. */
  get hasNews(): boolean {
    return this.#changed.size > 0;
  }

  /** A partition comes in. It is not asked for before it is wanted. */
  enter(topic: string, topicId: string, partition: number, partitionMaxBytes: number, owner: T): SessionEntry<T> {
    const inTopic = this.#byTopic.get(topic) ?? new Map<number, Entry<T>>();
    const before = topicId === ZERO_UUID ? inTopic.get(partition) : this.#byId.get(topicId)?.get(partition);
    if (before?.topicId === topicId && before.partitionMaxBytes === partitionMaxBytes) {
      before.owner = owner; // it left, and is back before the broker has heard of that
      this.#byTopic.set(topic, inTopic.set(partition, before));
      return before;
    }
    const entry: Entry<T> = {
      topic,
      topicId,
      partition,
      partitionMaxBytes,
      fetchOffset: -1,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      owner,
      isWanted: false,
      isKnown: false,
      toldOffset: -1,
      toldLeaderEpoch: -1,
      toldFetchedEpoch: -1,
    };
    this.#byTopic.set(topic, inTopic.set(partition, entry));
    if (topicId !== ZERO_UUID) {
      const withId = this.#byId.get(topicId) ?? new Map<number, Entry<T>>();
      this.#byId.set(topicId, withId.set(partition, entry));
    }
    return entry;
  }

  /** The next request asks for it, from there. */
  want(entry: SessionEntry<T>, fetchOffset: number, currentLeaderEpoch: number, lastFetchedEpoch: number): void {
    const own = entry as Entry<T>;
    this.#count(own, true);
    this.#dropped.delete(own);
    own.fetchOffset = fetchOffset;
    own.currentLeaderEpoch = currentLeaderEpoch;
    own.lastFetchedEpoch = lastFetchedEpoch;
    // Compared with what the broker has, not with what was wanted before: that may not have been sent.
    const isTold =
      own.isKnown &&
      own.toldOffset === fetchOffset &&
      own.toldLeaderEpoch === currentLeaderEpoch &&
      own.toldFetchedEpoch === lastFetchedEpoch;
    if (isTold) this.#changed.delete(own);
    else this.#changed.add(own);
  }

  /** The next request does not ask for it. */
  unwant(entry: SessionEntry<T>): void {
    const own = entry as Entry<T>;
    this.#count(own, false);
    this.#changed.delete(own);
    if (own.isKnown) this.#dropped.add(own);
  }

  /** Its owner has left. */
  leave(entry: SessionEntry<T>): void {
    const own = entry as Entry<T>;
    this.unwant(own);
    own.owner = undefined;
    if (!own.isKnown) this.#remove(own);
  }

  /** The entry that a response means: `topicId` where it names none. */
  find(topic: string, topicId: string, partition: number): SessionEntry<T> | undefined {
    return (topic === "" ? this.#byId.get(topicId) : this.#byTopic.get(topic))?.get(partition);
  }

  /** All that are wanted. */
  *all(): Generator<SessionEntry<T>, undefined, undefined> {
    for (const inTopic of this.#byTopic.values()) for (const entry of inTopic.values()) if (entry.isWanted) yield entry;
  }

  /** A request for this partition alone, besides the session. */
  alone(entry: SessionEntry<T>): SessionRequest<T> {
    return { ...NO_SESSION, partitions: [entry] };
  }

  /** The next request to a broker that knows no sessions: all that is wanted. */
  whole(): SessionRequest<T> {
    this.#tellAll(false);
    return { ...NO_SESSION, partitions: [...this.all()] };
  }

  /** The next request. */
  request(): SessionRequest<T> {
    const [sessionId, sessionEpoch] = [this.#id, this.#epoch];
    if (sessionEpoch === 0) {
      this.#tellAll(true);
      return { sessionId, sessionEpoch, partitions: [...this.all()], forgotten: [] };
    }
    const [partitions, forgotten] = [[...this.#changed], [...this.#dropped]];
    for (const entry of partitions) this.#tell(entry, true);
    for (const entry of forgotten) this.#tell(entry, true);
    this.#changed.clear();
    this.#dropped.clear();
    return { sessionId, sessionEpoch, partitions, forgotten };
  }

  /** The response was good: the broker has the session under this id, or 0 where it keeps none. */
  succeeded(sessionId: number): void {
    if (sessionId === 0) {
      this.reset();
      return;
    }
    this.#epoch = this.#id !== sessionId || this.#epoch === LAST_EPOCH ? 1 : this.#epoch + 1;
    this.#id = sessionId;
  }

  /**
   * The broker does not know the session (any more), or nothing is known of the last request: begin with a full one.
   */
  reset(): void {
    this.#id = 0;
    this.#epoch = 0;
  }

  #tellAll(isRemembered: boolean): void {
    for (const inTopic of this.#byTopic.values()) for (const entry of inTopic.values()) this.#tell(entry, isRemembered);
    for (const entry of this.#dropped) this.#tell(entry, isRemembered); // also of a topic that was created again
    this.#changed.clear();
    this.#dropped.clear();
  }

  #tell(entry: Entry<T>, isRemembered: boolean): void {
    entry.isKnown = isRemembered && entry.isWanted;
    entry.toldOffset = entry.fetchOffset;
    entry.toldLeaderEpoch = entry.currentLeaderEpoch;
    entry.toldFetchedEpoch = entry.lastFetchedEpoch;
    if (entry.owner === undefined) this.#remove(entry);
  }

  #count(entry: Entry<T>, isWanted: boolean): void {
    if (entry.isWanted === isWanted) return;
    entry.isWanted = isWanted;
    this.#wanted += isWanted ? 1 : -1;
    if (entry.topicId === ZERO_UUID) this.#nameless += isWanted ? 1 : -1;
  }

  #remove(entry: Entry<T>): void {
    removeFrom(this.#byTopic, entry.topic, entry);
    removeFrom(this.#byId, entry.topicId, entry);
  }
}

/** Unless another entry has its place: the topic was created again. */
function removeFrom<T>(all: Map<string, Map<number, Entry<T>>>, key: string, entry: Entry<T>): void {
  const some = all.get(key);
  if (some?.get(entry.partition) !== entry) return;
  some.delete(entry.partition);
  if (some.size === 0) all.delete(key);
}
