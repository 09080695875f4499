import { calmSince } from "./calm.ts";
import { type Checker, type Violation, ofType } from "../../simulation/checkers/violation.ts";

/** How long after `maxPollIntervalMs` a member may notice it: it checks once a second, and its reaction takes time. */
const LOOK_MS = 2000;

/**
 * C7: without faults, a member whose application polls in time loses nothing; one whose application does not leaves the
 * group itself.
 */
export const membersStayWhileTheyAsk: Checker = (history) => {
  const sinceMs = calmSince(history);
  const busy = ofType(history, "busy");
  const ownership = ofType(history, "ownership");
  const violations: Violation[] = [];
  for (const { atMs, node, member, what, moment, partitions } of ownership) {
    if (atMs < sinceMs || what !== "lost" || moment !== "begin" || partitions.length === 0) continue;
    const isExcused = busy.some(
      (event) => event.member === member && event.atMs <= atMs && atMs <= event.atMs + event.durationMs + LOOK_MS,
    );
    if (!isExcused)
      violations.push({
        invariant: "C7",
        atMs,
        node,
        message: `${member} lost ${partitions.length} partitions, although it polled all the time`,
      });
  }
  for (const { atMs, node, member, durationMs, maxPollIntervalMs } of busy) {
    if (atMs < sinceMs || durationMs < maxPollIntervalMs + LOOK_MS) continue;
    const hasGone = ownership.some(
      (event) =>
        event.member === member &&
        event.what !== "assigned" &&
        event.atMs >= atMs &&
        event.atMs <= atMs + maxPollIntervalMs + LOOK_MS,
    );
    if (!hasGone)
      violations.push({
        invariant: "C7",
        atMs: atMs + maxPollIntervalMs,
        node,
        message: `${member} has not polled for ${maxPollIntervalMs} ms, and keeps its partitions`,
      });
  }
  return violations;
};

/**
 * C10: every delivered record is in the topic as readers see it: no aborted records and no control records. Records
 * that were deleted meanwhile cannot be checked.
 */
export const deliveredIsInTheLog: Checker = (history) => {
  const log = new Set(
    ofType(history, "log").map(({ topic, partition, offset, id }) => `${topic}-${partition}@${offset}: ${id}`),
  );
  const starts = new Map(
    ofType(history, "retention").map(({ topic, partition, toOffset }) => [`${topic}-${partition}`, toOffset]),
  );
  return ofType(history, "deliver").flatMap(({ atMs, node, consumer, topic, partition, offset, id }): Violation[] => {
    const what = `${topic}-${partition}@${offset}: ${id}`;
    return log.has(what) || offset < (starts.get(`${topic}-${partition}`) ?? 0)
      ? []
      : [{ invariant: "C10", atMs, node, message: `${consumer} got ${what}, which no reader sees` }];
  });
};

/**
 * C11: long after the last fault the group is stable, each partition has one owner, all records are committed, and
 * every consumer that reads is a member.
 */
export const groupsRecover: Checker = (history) => {
  const ends = new Map<string, number>();
  for (const { topic, partition, offset } of ofType(history, "log"))
    ends.set(`${topic}-${partition}`, Math.max(offset + 1, ends.get(`${topic}-${partition}`) ?? 0));
  return ofType(history, "group").flatMap(({ atMs, node, groupId, state, partitions, outsiders = [] }) => {
    const wrong = state === "Stable" ? [] : [`it is ${state}`];
    for (const name of outsiders) wrong.push(`${name} reads, and is no member`);
    for (const { topic, partition, committed, owners } of partitions) {
      const end = ends.get(`${topic}-${partition}`) ?? 0;
      if (owners.length !== 1) wrong.push(`${topic}-${partition} is owned by ${owners.join(" and ") || "nobody"}`);
      if (committed < end) wrong.push(`${topic}-${partition} is committed to ${committed}, and goes to ${end}`);
    }
    return wrong.map((message): Violation => ({
      invariant: "C11",
      atMs,
      node,
      message: `group ${groupId}: ${message}`,
    }));
  });
};

/**
 * C12: when a static member comes back within its session timeout, the other members gain and lose nothing. A member
 * without partitions records no event when it is back, so it is not checked.
 */
export const restartsDisturbNobody: Checker = (history) => {
  const sinceMs = calmSince(history);
  const violations: Violation[] = [];
  const instances = new Map<string, boolean>();
  const held = new Map<string, number>();
  let away: string | undefined;
  for (const event of history) {
    if (event.type === "crash") {
      if (event.atMs >= sinceMs && instances.get(event.node) === true && (held.get(event.node) ?? 0) > 0)
        away = event.node;
      held.set(event.node, 0);
    }
    if (event.type !== "ownership") continue;
    if (event.moment === "end")
      held.set(
        event.node,
        Math.max(0, (held.get(event.node) ?? 0) + (event.what === "assigned" ? 1 : -1) * event.partitions.length),
      );
    instances.set(event.node, event.isStatic);
    if (away === undefined) continue;
    if (event.node === away) away = undefined;
    else if (event.partitions.length > 0)
      violations.push({
        invariant: "C12",
        atMs: event.atMs,
        node: event.node,
        message:
          `${event.member}: ${event.what} of ${event.partitions.length} partitions while ${away} was being ` +
          "restarted",
      });
  }
  return violations;
};
