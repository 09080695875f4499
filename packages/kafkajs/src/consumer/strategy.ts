import type { ConsumerOptions } from "odradek";
import type { Assigner } from "../assigners/round-robin-assigner.ts";
import type { Cluster } from "../connecting/cluster.ts";
import type { Logger } from "../logging/logger.ts";
import { assignorOf } from "./assignor-of.ts";
import type { ConsumerSettings, OdradekAssignor } from "./consumer-settings.ts";

/** The option of an Odradek consumer; absent with the protocol of KIP-848, in which the broker assigns. */
export type Strategy = Pick<ConsumerOptions, "partitionAssignmentStrategy">;

/**
 * Makes the assigners, once for a consumer. The result makes the option for a session: `failed` gets what an assigner
 * throws.
 */
export function strategyOf(
  { partitionAssigners, groupId, groupProtocol }: ConsumerSettings,
  cluster: Cluster,
  logger: Logger,
): (topics: readonly string[], failed: (error: unknown) => void) => Strategy {
  const assigners = partitionAssigners.map((one): Assigner | OdradekAssignor =>
    typeof one === "string" ? one : one({ cluster, groupId, logger }),
  );
  return (topics, failed) =>
    groupProtocol === "consumer"
      ? {}
      : {
          partitionAssignmentStrategy: assigners.map((one) =>
            typeof one === "string" ? one : assignorOf(one, topics, cluster, failed),
          ),
        };
}
