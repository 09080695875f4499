import { listOf, name, reading } from "../../errors/shape.ts";

/** An empty id is refused: no group that a client makes has it, and some brokers would never answer. */
const IDS = listOf(name, ": pass the list of group ids");

/** Checks a list of group ids. Returns a copy that has each of them once. */
export function groupIds(groups: readonly string[], path: string): readonly string[] {
  IDS(groups, path);
  return reading(path, () => [...new Set(groups)]);
}
