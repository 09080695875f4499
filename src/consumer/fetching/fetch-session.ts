import { ZERO_UUID } from "../../wire/uuid.ts";

/** A partition in a session. The field names are those of the Fetch request. */
export interface SessionEntry<T> {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly partitionMaxBytes: number;
  readonly fetchOffset: number;
  readonly currentLeaderEpoch: number;
  readonly lastFetchedEpoch: number;
  /** The owner; undefined after it has left. */
  readonly owner: T | undefined;
  /** Whether the next request contains it. */
  readonly isWanted: boolean;
}

/** The writable form of an entry. */
interface Entry<T> extends SessionEntry<T> {
  fetchOffset: number;
  currentLeaderEpoch: number;
  lastFetchedEpoch: number;
  owner: T | undefined;
  isWanted: boolean;
  /** Whether the broker's session has it, and with which values. */
  isKnown: boolean;
  toldOffset: number;
  toldLeaderEpoch: number;
  toldFetchedEpoch: number;
}

/** The partitions of the next request. */
export interface SessionRequest<T> {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  /** New and changed partitions; in a full request all partitions. */
  readonly partitions: readonly SessionEntry<T>[];
  /** Partitions that the broker must remove from its session. */
  readonly forgotten: readonly SessionEntry<T>[];
}

const LAST_EPOCH = 2_147_483_647;
/** Fields of a request without a session: the broker remembers nothing. */
const NO_SESSION = { sessionId: 0, sessionEpoch: -1, forgotten: [] } as const;

/**
 * An incremental fetch session with one broker (KIP-227). The broker remembers the partitions, so a request contains
 * only changed ones, and its cost does not depend on the number of partitions. Pure: it returns the next request, and
 * takes the result. Changes count as sent only after a successful response.
 */
export class FetchSession<T> {
  #id = 0;
  /**
   * The epoch of the next request. 0: it is a full one, and the values that the broker knows of the entries are void.
   */
  #epoch = 0;
  readonly #byTopic = new Map<string, Map<number, Entry<T>>>();
  /** The same entries, by topic id and partition. */
  readonly #byId = new Map<string, Map<number, Entry<T>>>();
  readonly #changed = new Set<Entry<T>>();
  readonly #dropped = new Set<Entry<T>>();
  #wanted = 0;
  #nameless = 0;

  /** The number of partitions that the next request fetches. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Whether one of them belongs to a topic whose id is not known. */
  get hasNameless(): boolean {
    return this.#nameless > 0;
  }

  /** Whether the next request contains a change of one of them. */
  get hasNews(): boolean {
    return this.#changed.size > 0;
  }

  /** Adds a partition. It is not fetched before {@link want}. */
  enter(topic: string, topicId: string, partition: number, partitionMaxBytes: number, owner: T): SessionEntry<T> {
    const inTopic = this.#byTopic.get(topic) ?? new Map<number, Entry<T>>();
    const before = topicId === ZERO_UUID ? inTopic.get(partition) : this.#byId.get(topicId)?.get(partition);
    if (before?.topicId === topicId && before.partitionMaxBytes === partitionMaxBytes) {
      before.owner = owner; // it left, and came back before a request has reported that
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

  /** The next request fetches it from this offset. */
  want(entry: SessionEntry<T>, fetchOffset: number, currentLeaderEpoch: number, lastFetchedEpoch: number): void {
    const own = entry as Entry<T>;
    this.#count(own, true);
    this.#dropped.delete(own);
    own.fetchOffset = fetchOffset;
    own.currentLeaderEpoch = currentLeaderEpoch;
    own.lastFetchedEpoch = lastFetchedEpoch;
    // Compares with the values that the broker has. The values of an earlier `want` may not have been sent.
    const isSent =
      own.isKnown &&
      own.toldOffset === fetchOffset &&
      own.toldLeaderEpoch === currentLeaderEpoch &&
      own.toldFetchedEpoch === lastFetchedEpoch;
    if (isSent) this.#changed.delete(own);
    else this.#changed.add(own);
  }

  /** The next request does not fetch it. */
  unwant(entry: SessionEntry<T>): void {
    const own = entry as Entry<T>;
    this.#count(own, false);
    this.#changed.delete(own);
    if (own.isKnown) this.#dropped.add(own);
  }

  /** The owner of this entry has left: the next request removes the partition from the broker's session. */
  leave(entry: SessionEntry<T>): void {
    const own = entry as Entry<T>;
    this.unwant(own);
    own.owner = undefined;
    if (!own.isKnown) this.#remove(own);
  }

  /** The entry of a partition in a response; by `topicId` if the response has no topic name. */
  find(topic: string, topicId: string, partition: number): SessionEntry<T> | undefined {
    return (topic === "" ? this.#byId.get(topicId) : this.#byTopic.get(topic))?.get(partition);
  }

  /** All wanted entries. */
  *all(): Generator<SessionEntry<T>, undefined, undefined> {
    for (const inTopic of this.#byTopic.values()) for (const entry of inTopic.values()) if (entry.isWanted) yield entry;
  }

  /** A request for this partition alone, outside the session. */
  alone(entry: SessionEntry<T>): SessionRequest<T> {
    return { ...NO_SESSION, partitions: [entry] };
  }

  /** The next request to a broker without sessions: all wanted partitions. */
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

  /** The request succeeded: the broker has a session with this id, or 0 if it keeps none. */
  succeeded(sessionId: number): void {
    if (sessionId === 0) {
      this.reset();
      return;
    }
    this.#epoch = this.#id !== sessionId || this.#epoch === LAST_EPOCH ? 1 : this.#epoch + 1;
    this.#id = sessionId;
  }

  /**
   * The broker does not know the session any more, or the fate of the last request is unknown. Begins with a full
   * request.
   */
  reset(): void {
    this.#id = 0;
    this.#epoch = 0;
  }

  #tellAll(isRemembered: boolean): void {
    for (const inTopic of this.#byTopic.values()) for (const entry of inTopic.values()) this.#tell(entry, isRemembered);
    for (const entry of this.#dropped) this.#tell(entry, isRemembered); // also for a recreated topic
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

/** Does nothing if another entry has taken its place, after the topic was recreated. */
function removeFrom<T>(all: Map<string, Map<number, Entry<T>>>, key: string, entry: Entry<T>): void {
  const some = all.get(key);
  if (some?.get(entry.partition) !== entry) return;
  some.delete(entry.partition);
  if (some.size === 0) all.delete(key);
}
