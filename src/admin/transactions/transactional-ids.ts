import { listOf, name, reading } from "../../errors/shape.ts";

/** An empty id is refused: Java's call about one never ends. */
const IDS = listOf(name, ": pass the list of transactional ids");

/** Checks a list of transactional ids. Returns a copy that has each of them once. */
export function transactionalIds(ids: readonly string[], path: string): readonly string[] {
  IDS(ids, path);
  return reading(path, () => [...new Set(ids)]);
}
