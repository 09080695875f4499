import type { Strike } from "../../fault-definition.ts";
import { isThere } from "./is-there.ts";

/** A broker fetches nothing from its leaders until the returned function is called. */
export function lag({ world: { cluster }, brokerId }: Strike, how: { readonly isOutOfSync: boolean }): () => void {
  cluster.pauseReplication(brokerId);
  if (how.isOutOfSync) cluster.shrinkIsr(brokerId);
  return () => {
    if (isThere(cluster, brokerId)) cluster.resumeReplication(brokerId);
  };
}
