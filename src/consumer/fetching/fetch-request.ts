import type { FetchRequest } from "../../protocol/messages/fetch.ts";
import type { Input } from "../../protocol/schema.ts";
import type { ReadingSettings } from "../partitions/reading-settings.ts";
import { FETCHED_EPOCH_SINCE } from "./epoch-check.ts";
import type { SessionEntry, SessionRequest } from "./fetch-session.ts";

/** Since this version brokers keep sessions (KIP-227). */
export const SESSION_SINCE = 7;
/** Since this version a request contains the leader epoch (KIP-320). */
export const CURRENT_EPOCH_SINCE = 9;
/** Since this version topics are named by id only (KIP-516). */
export const TOPIC_ID_SINCE = 13;

/** The fields of a request that come neither from the session nor from an option. */
export interface FetchTerms {
  readonly version: number;
  /** How long the broker may wait for `fetchMinBytes`, in ms. */
  readonly maxWaitMs: number;
  /** Empty: the leader names no nearer replica, and responds itself (KIP-392). */
  readonly rackId: string;
}

/** Writes a Fetch request. The session's entries are its partitions, so nothing is allocated for each of them. */
export function fetchRequest<T>(
  { sessionId, sessionEpoch, partitions, forgotten }: SessionRequest<T>,
  settings: ReadingSettings,
  { version, maxWaitMs, rackId }: FetchTerms,
): Input<FetchRequest> {
  const named = ({ topic, topicId }: SessionEntry<T>): { topicId: string } | { topic: string } =>
    version >= TOPIC_ID_SINCE ? { topicId } : { topic };
  return {
    maxWaitMs,
    minBytes: settings.fetchMinBytes,
    maxBytes: settings.fetchMaxBytes,
    isolationLevel: settings.isReadCommitted ? 1 : 0,
    sessionId,
    sessionEpoch,
    topics: byTopic(partitions).map(([first, list]) => ({
      ...named(first),
      partitions: version >= FETCHED_EPOCH_SINCE ? list : list.map((entry) => ({ ...entry, lastFetchedEpoch: -1 })),
    })),
    forgottenTopicsData: byTopic(forgotten).map(([first, list]) => ({
      ...named(first),
      partitions: list.map(({ partition }) => partition),
    })),
    rackId,
  };
}

/** The entries in their order, grouped by topic. */
function byTopic<T>(
  entries: readonly SessionEntry<T>[],
): readonly (readonly [first: SessionEntry<T>, list: readonly SessionEntry<T>[]])[] {
  const groups = new Map<string, [SessionEntry<T>, SessionEntry<T>[]]>();
  let last: [SessionEntry<T>, SessionEntry<T>[]] | undefined;
  for (const entry of entries) {
    // A recreated topic has two ids, and counts as two.
    if (last === undefined || last[0].topicId !== entry.topicId || last[0].topic !== entry.topic) {
      const key = `${entry.topicId}/${entry.topic}`;
      last = groups.get(key);
      if (last === undefined) groups.set(key, (last = [entry, []]));
    }
    last[1].push(entry);
  }
  return [...groups.values()];
}
