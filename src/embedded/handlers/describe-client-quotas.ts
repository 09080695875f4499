import * as ErrorCode from "../../errors/error-code.ts";
import {
  type DescribeClientQuotasRequest,
  type DescribeClientQuotasResponse,
  describeClientQuotasApi,
} from "../../protocol/messages/describe-client-quotas.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, handler } from "../handler.ts";
import { hashOrder } from "../hash-order.ts";
import { invalidQuota, namedEntity, type QuotaRefusal } from "../quota-messages.ts";
import type { EntityQuotas } from "../state/quotas/client-quotas.ts";
import { ENTITY_TYPES } from "../state/quotas/quota-entity.ts";

const [EXACT, DEFAULT, SPECIFIED] = [0, 1, 2];

/** The wanted name of each type: null for the default, undefined for any. */
type Filter = ReadonlyMap<string, string | null | undefined>;

/** DescribeClientQuotas, 0 to 1: the quotas that are set, of the entities that fit a filter. */
export function describeClientQuotas(): AnyHandler {
  return handler({
    api: describeClientQuotasApi,
    min: 0,
    max: 1,
    handle: ({ components, strict }, { cluster, access }): Input<DescribeClientQuotasResponse> => {
      if (access?.deniesCluster("DESCRIBE_CONFIGS") === true)
        return {
          errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
          errorMessage: "Cluster authorization failed.",
          entries: null,
        };
      const filter = readFilter(components);
      if ("errorCode" in filter) return { ...filter, entries: null };
      return {
        errorMessage: "",
        entries: [...cluster.quotas.all]
          .filter((one) => fits(one, filter, strict))
          .map(({ entity, values }) => ({
            entity: namedEntity(new Map(Object.entries(entity))),
            // Kafka keeps them in a map that is as small as can be.
            values: hashOrder([...values], ([key]) => key, 1).map(([key, value]) => ({ key, value })),
          })),
      };
    },
  });
}

function readFilter(components: DescribeClientQuotasRequest["components"]): Filter | QuotaRefusal {
  const filter = new Map<string, string | null | undefined>();
  for (const { entityType, matchType, match } of components) {
    if (entityType === "") return invalidQuota("Invalid empty entity type.");
    if (filter.has(entityType))
      return invalidQuota(`Entity type ${entityType} cannot appear more than once in the filter.`);
    if (!(ENTITY_TYPES as readonly string[]).includes(entityType))
      return {
        errorCode: ErrorCode.UNSUPPORTED_VERSION,
        errorMessage: `Unsupported entity type ${entityType}`,
      };
    switch (matchType) {
      case EXACT:
        if (match === null) return invalidQuota("Request specified MATCH_TYPE_EXACT, but set match string to null.");
        filter.set(entityType, match);
        break;
      case DEFAULT:
        if (match !== null)
          return invalidQuota("Request specified MATCH_TYPE_DEFAULT, but also specified a match string.");
        filter.set(entityType, null);
        break;
      case SPECIFIED:
        if (match !== null)
          return invalidQuota("Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.");
        filter.set(entityType, undefined);
        break;
      default:
        return invalidQuota(`Unknown match type ${matchType}`);
    }
  }
  return filter.has("ip") && filter.size > 1
    ? invalidQuota(
        "Invalid entity filter component combination. IP filter component should not be used with user or clientId " +
          "filter component.",
      )
    : filter;
}

function fits({ entity }: EntityQuotas, filter: Filter, isStrict: boolean): boolean {
  const names = new Map(Object.entries(entity));
  if (isStrict && names.size !== filter.size) return false;
  for (const [type, wanted] of filter)
    if (!names.has(type) || (wanted !== undefined && names.get(type) !== wanted)) return false;
  return true;
}
