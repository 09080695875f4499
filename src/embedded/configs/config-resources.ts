import * as ErrorCode from "../../errors/error-code.ts";
import { CLUSTER_NAME } from "../../security/acl-words.ts";
import type { RequestContext } from "../handler.ts";
import { type ConfigRefusal, refusal } from "./config-change.ts";

/** The numbers of the resources that have configs. */
export const RESOURCE = { topic: 2, broker: 4, logger: 8, clientMetrics: 16, group: 32 } as const;

/** The id of a broker whose name is an integer. */
export function nodeIdOf(name: string): number | undefined {
  return /^[+-]?\d+$/.test(name) ? Number(name) : undefined;
}

/**
 * The refusal of a client that may not see or alter the configs of a resource. Those of brokers, loggers and
 * subscriptions to metrics belong to the cluster. A resource of an unknown type is not refused here.
 */
export function deniedResource(
  { resourceType, resourceName }: { readonly resourceType: number; readonly resourceName: string },
  operation: "ALTER_CONFIGS" | "DESCRIBE_CONFIGS",
  { access }: RequestContext,
): ConfigRefusal | undefined {
  switch (resourceType) {
    case RESOURCE.topic:
      return access?.denies(operation, "TOPIC", resourceName) === true
        ? refusal(ErrorCode.TOPIC_AUTHORIZATION_FAILED, "Topic authorization failed.")
        : undefined;
    case RESOURCE.group:
      return access?.denies(operation, "GROUP", resourceName) === true
        ? refusal(ErrorCode.GROUP_AUTHORIZATION_FAILED, "Group authorization failed.")
        : undefined;
    case RESOURCE.broker:
    case RESOURCE.logger:
    case RESOURCE.clientMetrics:
      return access?.denies(operation, "CLUSTER", CLUSTER_NAME) === true
        ? refusal(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, "Cluster authorization failed.")
        : undefined;
    default:
      return undefined;
  }
}
