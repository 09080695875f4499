import type { CallLimit } from "../cluster/call-retries.ts";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import type { KeyResult } from "../cluster/routing/route-plan.ts";
import { askItems, type ItemQuestion } from "./ask-items.ts";

/**
 * {@link askItems} where some items belong to one broker each, by `nodeOf`, and any broker answers for the others.
 * `isExact`: at the controllers, too, no other node answers for such an item.
 */
export async function askByNode<K, V>(
  client: ClusterClient,
  { isExact = false, ...question }: Omit<ItemQuestion<K, V>, "route"> & { readonly isExact?: boolean },
  nodeOf: (key: K) => number | undefined,
  limit: CallLimit,
): Promise<readonly KeyResult<V>[]> {
  const isOwned = (key: K): boolean => nodeOf(key) !== undefined;
  const owned = question.keys.filter(isOwned);
  const others = question.keys.filter((key) => !isOwned(key));
  const [ofNodes, ofAny] = await Promise.all([
    askItems(
      client,
      { ...question, keys: owned, route: { to: "broker", nodeId: (key) => nodeOf(key) ?? 0, isExact } },
      limit,
    ),
    askItems(client, { ...question, keys: others, route: { to: "any" } }, limit),
  ]);
  const results = new Map([
    ...owned.map((key, i) => [key, ofNodes[i]] as const),
    ...others.map((key, i) => [key, ofAny[i]] as const),
  ]);
  return question.keys.map((key) => results.get(key) as KeyResult<V>);
}
