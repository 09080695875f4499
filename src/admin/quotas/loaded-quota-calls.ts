import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import { alterClientQuotas, describeClientQuotas } from "./client-quotas.ts";
import type { QuotaCalls } from "./quota-calls.ts";

export function quotaCalls({ client }: AdminContext): LoadedCalls<QuotaCalls> {
  return {
    describeClientQuotas: (options = {}) => describeClientQuotas(client, options),
    alterClientQuotas: (alterations, options = {}) => alterClientQuotas(client, alterations, options),
  };
}
