import type { LogEvent } from "../../simulation/history.ts";
import { type Checker, type Violation, groupBy, ofType } from "../../simulation/checkers/violation.ts";

/** The id of the output for a record: the record's place, and its own id. */
export function madeOf({
  topic,
  partition,
  offset,
  id,
}: Pick<LogEvent, "topic" | "partition" | "offset" | "id">): string {
  return `${topic}-${partition}@${offset}: ${id}`;
}

/**
 * T3: in the end the output topic has one output for each record of the input topic and no others, as read_committed
 * readers see both. Outputs for records of one input partition keep their order within an output partition.
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
      if (first === undefined) violations.push({ invariant: "T3", atMs, node, message: `${id} has no output` });
      else if (more.length > 0)
        violations.push({ invariant: "T3", atMs, node, message: `${id} has ${1 + more.length} outputs` });
      else {
        const lane = `${one.partition} to ${first.partition}`;
        const before = last.get(lane);
        if (before !== undefined && before.at > first.offset)
          violations.push({
            invariant: "T3",
            atMs,
            node,
            message: `the output for ${id} comes before that for ${before.id}`,
          });
        last.set(lane, { at: first.offset, id });
      }
    }
    for (const [id, [event]] of made)
      violations.push({
        invariant: "T3",
        atMs: event?.atMs ?? 0,
        node: event?.node ?? "",
        message: `${output} has an output for ${id}, which no reader of ${input} sees`,
      });
    return violations;
  };
}
