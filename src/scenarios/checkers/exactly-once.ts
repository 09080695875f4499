import type { LogEvent } from "../../simulation/history.ts";
import { type Checker, type Violation, groupBy, ofType } from "../../simulation/checkers/violation.ts";

/** The id of what is made of a record: where that lies, and its own. */
export function madeOf({
  topic,
  partition,
  offset,
  id,
}: Pick<LogEvent, "topic" | "partition" | "offset" | "id">): string {
  return `${topic}-${partition}@${offset}: ${id}`;
}

/**
 * T3: in the end the one topic holds what was made of the other, as read_committed readers see both: of each record
 * one, once, of none that is not there; and what was made of a partition's records lies in their order, where it lies
 * in one partition.
 */
export function outputIsExact(input: string, output: string): Checker {
  return (history) => {
    const log = ofType(history, "log");
    const made = groupBy(
      log.filter(({ topic }) => topic === output),
      ({ id }) => id,
    );
    const violations: Violation[] = [];
    const last = new Map<string, { readonly at: number; readonly id: string }>();
    const inputs = log.filter(({ topic }) => topic === input).sort((a, b) => a.offset - b.offset);
    for (const one of inputs) {
      const { atMs, node } = one;
      const id = madeOf(one);
      const [first, ...more] = made.get(id) ?? [];
      made.delete(id);
      if (first === undefined) violations.push({ invariant: "T3", atMs, node, message: `nothing came of ${id}` });
      else if (more.length > 0)
        violations.push({ invariant: "T3", atMs, node, message: `${id} has its effect ${1 + more.length} times` });
      else {
        const lane = `${one.partition} to ${first.partition}`;
        const before = last.get(lane);
        if (before !== undefined && before.at > first.offset)
          violations.push({
            invariant: "T3",
            atMs,
            node,
            message: `what came of ${id} lies before what came of ${before.id}`,
          });
        last.set(lane, { at: first.offset, id });
      }
    }
    for (const [id, [event]] of made)
      violations.push({
        invariant: "T3",
        atMs: event?.atMs ?? 0,
        node: event?.node ?? "",
        message: `${output} has what came of ${id}, which no reader of ${input} sees`,
      });
    return violations;
  };
}
