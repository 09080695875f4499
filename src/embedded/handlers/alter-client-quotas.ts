import * as ErrorCode from "../../errors/error-code.ts";
import {
  type AlterClientQuotasRequestEntryData,
  type AlterClientQuotasResponseEntryData,
  alterClientQuotasApi,
} from "../../protocol/messages/alter-client-quotas.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, handler } from "../handler.ts";
import {
  invalidQuota,
  namedEntity,
  namesOf,
  type QuotaRefusal,
  readChanges,
  readEntity,
  shownEntity,
} from "../quota-messages.ts";
import type { ClientQuotas } from "../state/quotas/client-quotas.ts";

type Answer = Input<AlterClientQuotasResponseEntryData>;

const DENIED: QuotaRefusal = {
  errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  errorMessage: "Request Request(...) needs ALTER_CONFIGS permission.",
};

/** AlterClientQuotas, 0 to 1: sets and removes quotas. They have an effect on the next request of a client. */
export function alterClientQuotas(): AnyHandler {
  return handler({
    api: alterClientQuotasApi,
    min: 0,
    max: 1,
    handle: ({ entries, validateOnly }, { cluster, access }) => {
      const isDenied = access?.deniesCluster("ALTER_CONFIGS") === true;
      // The result of an entity that is named twice appears once.
      const answers = new Map<string, Answer>();
      for (const entry of entries) {
        const names = namesOf(entry.entity);
        const shown = shownEntity(names);
        const isTwice = answers.has(shown) || new Set(entry.ops.map(({ key }) => key)).size < entry.ops.length;
        const refusal = isDenied
          ? DENIED
          : isTwice
            ? invalidQuota(`Ignoring duplicate entity ${shown}`)
            : change(entry, validateOnly, cluster.quotas);
        answers.set(shown, { ...(refusal ?? { errorMessage: null }), entity: namedEntity(names) });
      }
      return { entries: [...answers.values()] };
    },
  });
}

/** Applies a change, or returns why it is invalid. */
function change(
  entry: AlterClientQuotasRequestEntryData,
  validateOnly: boolean,
  quotas: ClientQuotas,
): QuotaRefusal | undefined {
  const entity = readEntity(namesOf(entry.entity));
  if ("errorCode" in entity) return entity;
  const changes = readChanges(entity, entry.ops);
  if ("errorCode" in changes) return changes;
  if (!validateOnly) quotas.set(entity, changes);
  return undefined;
}
