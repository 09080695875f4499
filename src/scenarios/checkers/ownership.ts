import type { HistoryEvent, HistoryPartition, OwnershipEvent } from "../../simulation/history.ts";
import type { Checker, Violation } from "../../simulation/checkers/violation.ts";

const nameOf = ({ topic, partition }: HistoryPartition): string => `${topic}-${partition}`;

/**
 * C1: when a partition comes to a member of the group, no other that is a member too still has it. Whom the coordinator
 * has counted out may not know of it yet: it is none any more. A static one that missed a rebalance is counted on,
 * whoever got its partitions: of it nothing is asked.
 *
 * A classic group that becomes one of KIP-848 in the middle of a cooperative rebalance. The coordinator, as Kafka's
 * does, goes on from the division that the leader sent last, and gives away what that leaves to nobody: because the
 * owner is to give it back first and has a record in hand, or because the rebalance began and no division has come yet.
 * The owner cannot know before the coordinator has answered it, which it does within a session or counts it out. From
 * then on it must deliver nothing more of it; and it must give it back.
 */
export const ownersAreAlone: Checker = (history) => {
  const violations: Violation[] = [];
  const holders = new Map<string, OwnershipEvent & { readonly held: Set<string> }>();
  /** What a classic member is still to give back, by its name and the partition's, and when it knows. */
  const owed = new Map<string, { readonly violation: Violation; readonly knownAtMs: number }>();
  for (const event of history) {
    if (event.type === "deliver") {
      const late = owed.get(`${event.consumer}/${nameOf(event)}`);
      if (late !== undefined && event.atMs >= late.knownAtMs) violations.push(late.violation);
    }
    if (event.type === "crash")
      for (const [member, { node }] of holders)
        if (node === event.node) for (const key of owed.keys()) if (key.startsWith(`${member}/`)) owed.delete(key);
    // The partitions that are given away from now on are others of the same names.
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
            message: `${event.member} was assigned ${name}, which ${other} has, and both are members`,
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
 * C2: partitions come and go in turn (but where the consumer is closed, which waits for no hook: it may be the one that
 * closes), and records of them are delivered between the end of the one hook and the beginning of the other only.
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
