import type { HistoryEvent, HistoryPartition } from "../history.ts";
import type { Checker, Violation } from "./violation.ts";

const nameOf = ({ topic, partition }: HistoryPartition): string => `${topic}-${partition}`;

/**
 * C1: when a partition comes to a member of the group, no other that is a member too still has it. Whom the coordinator has counted out may
 * not know of it yet: it is none any more. A static one that missed a rebalance is counted on, whoever got its partitions: of it nothing is asked.
 */
export const ownersAreAlone: Checker = (history) => {
  const violations: Violation[] = [];
  const holders = new Map<string, { readonly memberId: string; readonly node: string; readonly isStatic: boolean; readonly held: Set<string> }>();
  for (const event of history) {
    // The partitions that are given away from now on are others of the same names.
    if (event.type === "recreation") for (const { held } of holders.values()) for (const name of held) if (name.startsWith(`${event.topic}-`)) held.delete(name);
    if (event.type === "crash") for (const [member, { node }] of holders) if (node === event.node) holders.delete(member);
    if (event.type !== "ownership") continue;
    const names = event.partitions.map(nameOf);
    const held = holders.get(event.member)?.held ?? new Set();
    if (event.what === "assigned" && event.moment === "begin") {
      holders.set(event.member, { memberId: event.memberId, node: event.node, isStatic: event.isStatic, held: new Set([...held, ...names]) });
      if (!event.members.includes(event.memberId)) continue;
      for (const [other, { memberId, isStatic, held: others }] of holders) {
        if (other === event.member || isStatic || !event.members.includes(memberId)) continue;
        for (const name of names) if (others.has(name)) violations.push({ invariant: "C1", atMs: event.atMs, node: event.node, message: `${event.member} was assigned ${name}, which ${other} has, and both are members` });
      }
    }
    if (event.moment === (event.what === "lost" ? "begin" : "end") && event.what !== "assigned") for (const name of names) held.delete(name);
  }
  return violations;
};

type Held = "coming" | "held" | "going";

/** C2: partitions come and go in turn (but where the consumer is closed, which waits for no hook: it may be the one that closes), and records of them are delivered between the end of the one hook and the beginning of the other only. */
export const deliveryIsBetweenHooks: Checker = (history) => {
  const violations: Violation[] = [];
  const states = new Map<string, Held>();
  const say = (event: HistoryEvent, message: string): number => violations.push({ invariant: "C2", atMs: event.atMs, node: event.node, message });
  const grouped = new Set(history.flatMap((event) => (event.type === "ownership" ? [event.member] : [])));
  for (const event of history) {
    if (event.type === "deliver" && grouped.has(event.consumer)) {
      const state = states.get(`${event.consumer}/${nameOf(event)}`);
      if (state !== "held") say(event, `${event.consumer} got ${event.id} of ${nameOf(event)}, which is ${state ?? "not its own"}`);
    }
    if (event.type !== "ownership") continue;
    for (const partition of event.partitions) {
      const key = `${event.member}/${nameOf(partition)}`;
      const state = states.get(key);
      const isComing = event.what === "assigned";
      const expected: readonly (Held | undefined)[] = event.moment === "end" ? [isComing ? "coming" : "going"] : isComing ? [undefined] : ["held"];
      if (event.isClosing !== true && !expected.includes(state)) say(event, `${event.member}: ${event.what} (${event.moment}) of ${nameOf(partition)}, which is ${state ?? "not its own"}`);
      if (event.moment === "begin") states.set(key, isComing ? "coming" : "going");
      else if (isComing) states.set(key, "held");
      else states.delete(key);
    }
  }
  return violations;
};
