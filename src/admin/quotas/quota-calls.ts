import type { Results } from "../results.ts";
import type {
  AlterClientQuotasOptions,
  ClientQuota,
  ClientQuotaAlteration,
  ClientQuotaEntity,
  DescribeClientQuotasOptions,
} from "./client-quotas.ts";

/** The calls of an admin about quotas. */
export interface QuotaCalls {
  /**
   * Returns the quotas of users, client ids and addresses; by default all. Deadline, `signal` and `close()`: see
   * {@link Admin}. Brokers from Kafka 2.6 on. Java: `describeClientQuotas`.
   */
  describeClientQuotas(options?: DescribeClientQuotasOptions): Promise<readonly ClientQuota[]>;

  /**
   * Sets and removes quotas of users, client ids and addresses; those that are not named stay as they are. Each item
   * is an entity. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka
   * 2.6 on. Java: `alterClientQuotas`.
   */
  alterClientQuotas(
    alterations: readonly ClientQuotaAlteration[],
    options?: AlterClientQuotasOptions,
  ): Promise<Results<ClientQuotaEntity, undefined>>;
}
