import type { HistoryEvent, HistoryPartition, OwnershipEvent } from "../../simulation/history.ts";
import type { Checker, Violation } from "../../simulation/checkers/violation.ts";

const nameOf = ({ topic, partition }: HistoryPartition): string => `${topic}-${partition}`;

/**
 * C1: when a partition is assigned to a member, no other current member still owns it. A member that the coordinator
 * removed may not know it yet; it no longer counts. A static member that missed a rebalance counts as a member although
 * others got its partitions, so it is not checked.
 *
 * An exception is a classic group that becomes a KIP-848 group during a cooperative rebalance. Like Kafka's, the
 * coordinator continues from the last assignment of the leader, and gives away partitions that are unassigned there:
 * the owner must give them back first and is still processing a record, or the rebalance began and has no assignment
 * yet. The owner cannot know this before the next response, which comes within a session timeout; otherwise the
 * coordinator removes it. After that it must deliver none of their records, and must give them back.
 */
export const ownersAreAlone: Checker = (history) => {
  const violations: Violation[] = [];
  const holders = new Map<string, OwnershipEvent & { readonly held: Set<string> }>();
  /** The partitions that a classic member must still give back, by member and partition, and when it knows of it. */
  const owed = new Map<string, { readonly violation: Violation; readonly knownAtMs: number }>();
  for (const event of history) {
    if (event.type === "deliver") {
      const late = owed.get(`${event.consumer}/${nameOf(event)}`);
      if (late !== undefined && event.atMs >= late.knownAtMs) violations.push(late.violation);
    }
    if (event.type === "crash")
      for (const [member, { node }] of holders)
        if (node === event.node) for (const key of owed.keys()) if (key.startsWith(`${member}/`)) owed.delete(key);
    // From now on, assigned partitions belong to another topic of the same name.
    if (event.type === "recreation")
      for (const { held } of holders.values())
        for (const name of held) if (name.startsWith(`${event.topic}-`)) held.delete(name);
    if (event.type === "crash")
      for (const [member, { node }] of holders) if (node === event.node) holders.delete(member);
    if (event.type !== "ownership") continue;
    const names = event.partitions.map(nameOf);
    if (event.what !== "assigned") for (const name of names) owed.delete(`${event.member}/${name}`);
    const held = holders.get(event.member)?.held ?? new Set();
    if (event.what === "assigned" && event.moment === "begin") {
      holders.set(event.member, { ...event, held: new Set([...held, ...names]) });
      if (!event.members.includes(event.memberId)) continue;
      for (const [other, { memberId, isStatic, isClassic, sessionTimeoutMs = 0, held: others }] of holders) {
        if (other === event.member || isStatic || !event.members.includes(memberId)) continue;
        for (const name of names) {
          if (!others.has(name)) continue;
          const violation: Violation = {
            invariant: "C1",
            atMs: event.atMs,
            node: event.node,
            message: `${event.member} was assigned ${name}, which ${other} still owns, and both are members`,
          };
          if (isClassic === true && event.groupType === "consumer")
            owed.set(`${other}/${name}`, { violation, knownAtMs: event.atMs + sessionTimeoutMs });
          else violations.push(violation);
        }
      }
    }
    if (event.moment === (event.what === "lost" ? "begin" : "end") && event.what !== "assigned")
      for (const name of names) held.delete(name);
  }
  return [...violations, ...[...owed.values()].map(({ violation }) => violation)];
};

type Held = "coming" | "held" | "going";

/**
 * C2: assignments and revocations of a partition alternate, and its records are delivered only between the end of one
 * hook and the beginning of the other. A closing consumer is excepted: it does not wait for hooks, since a hook may be
 * the caller of close.
 */
export const deliveryIsBetweenHooks: Checker = (history) => {
  const violations: Violation[] = [];
  const states = new Map<string, Held>();
  const say = (event: HistoryEvent, message: string): number =>
    violations.push({ invariant: "C2", atMs: event.atMs, node: event.node, message });
  const grouped = new Set(history.flatMap((event) => (event.type === "ownership" ? [event.member] : [])));
  for (const event of history) {
    if (event.type === "deliver" && grouped.has(event.consumer)) {
      const state = states.get(`${event.consumer}/${nameOf(event)}`);
      if (state !== "held")
        say(event, `${event.consumer} got ${event.id} of ${nameOf(event)}, which is ${state ?? "not its own"}`);
    }
    if (event.type !== "ownership") continue;
    for (const partition of event.partitions) {
      const key = `${event.member}/${nameOf(partition)}`;
      const state = states.get(key);
      const isComing = event.what === "assigned";
      const expected: readonly (Held | undefined)[] =
        event.moment === "end" ? [isComing ? "coming" : "going"] : isComing ? [undefined] : ["held"];
      if (event.isClosing !== true && !expected.includes(state))
        say(
          event,
          `${event.member}: ${event.what} (${event.moment}) of ${nameOf(partition)}, which is ` +
            (state ?? "not its own"),
        );
      if (event.moment === "begin") states.set(key, isComing ? "coming" : "going");
      else if (isComing) states.set(key, "held");
      else states.delete(key);
    }
  }
  return violations;
};
