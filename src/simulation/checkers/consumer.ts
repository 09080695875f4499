import { type Checker, type Violation, groupBy, ofType } from "./violation.ts";

/** C4: between two seeks, a consumer gets the records of a partition in order, each once and without gaps. */
export const deliveryIsInOrder: Checker = (history) => {
  const log = new Map(
    [...groupBy(ofType(history, "log"), ({ topic, partition }) => `${topic}-${partition}`)].map(([key, events]) => [
      key,
      new Set(events.map(({ offset }) => offset)),
    ]),
  );
  const violations: Violation[] = [];
  const positions = new Map<string, number>();
  for (const event of history) {
    if (event.type !== "deliver" && event.type !== "seek" && event.type !== "reset") continue;
    const partition = `${event.topic}-${event.partition}`;
    const key = `${event.consumer}/${partition}`;
    if (event.type !== "deliver") {
      positions.delete(key);
      continue;
    }
    const last = positions.get(key);
    positions.set(key, event.offset);
    if (last === undefined) continue;
    const say = (what: string): number =>
      violations.push({
        invariant: "C4",
        atMs: event.atMs,
        message: `${event.consumer} got ${partition} offset ${event.offset} after ${last}: ${what}`,
      });
    if (event.offset <= last) say("a position went back");
    for (let missed = last + 1; missed < event.offset; missed++)
      if (log.get(partition)?.has(missed) === true) say(`offset ${missed} was skipped`);
  }
  return violations;
};

/** All checks of a consumer without a group. The producer's checkers check its buffer. */
export const consumerCheckers: readonly Checker[] = [deliveryIsInOrder];
