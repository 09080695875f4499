import * as ErrorCode from "../../errors/error-code.ts";
import type { RequestContext } from "../handler.ts";
import { Topics } from "../state/topics.ts";
import { brokerConfigsError, eligibilityError } from "./broker-configs-error.ts";
import { clientMetricsError } from "./client-metrics-configs.ts";
import type { ConfigValues, StoredConfigKind } from "./cluster-configs.ts";
import {
  type ConfigChange,
  type ConfigRefusal,
  changedValues,
  changesError,
  operations,
  refusal,
} from "./config-change.ts";
import { groupConfigsError } from "./group-configs-error.ts";
import { RESOURCE, deniedResource, nodeIdOf } from "./config-resources.ts";
import { topicConfigsError } from "./topic-configs-error.ts";
import { topicKeys } from "./topic-keys.ts";

/** A resource in a request to alter configs. */
export interface AlteredResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly changes: readonly ConfigChange[];
}

/** The result for one resource, in the fields of the response. */
export interface AlteredResult {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** How a request alters configs. */
export interface AlterOptions {
  /** AlterConfigs: a config that is not named is deleted. */
  readonly replaces: boolean;
  readonly validateOnly: boolean;
}

/** The configs that a resource would have after the request, and a function that stores them. */
interface Plan {
  readonly values: ConfigValues;
  store(): void;
}

/** Alters the configs of each resource, all of its changes or none. A resource that is named twice is refused. */
export function alterResources(
  resources: readonly AlteredResource[],
  options: AlterOptions,
  context: RequestContext,
): readonly AlteredResult[] {
  const keys = resources.map(({ resourceType, resourceName }) => `${resourceType} ${resourceName}`);
  return resources.map((resource, i) => {
    const { resourceType, resourceName } = resource;
    const isTwice = keys.indexOf(keys[i] ?? "") !== keys.lastIndexOf(keys[i] ?? "");
    const error = isTwice
      ? refusal(ErrorCode.INVALID_REQUEST, "Each resource must appear at most once.")
      : alterOne(resource, options, context);
    return { resourceType, resourceName, ...(error ?? refusal(ErrorCode.NONE, null)) };
  });
}

function alterOne(
  resource: AlteredResource,
  options: AlterOptions,
  context: RequestContext,
): ConfigRefusal | undefined {
  const { resourceType, changes } = resource;
  const wrong = changesError(changes);
  if (wrong !== undefined) return wrong;
  if (resourceType === RESOURCE.logger && !options.replaces) return alterLoggers(resource, options, context);
  const plan = planOf(resource, options, context);
  if ("errorCode" in plan) return plan;
  if (!options.validateOnly) plan.store();
  return undefined;
}

function planOf(resource: AlteredResource, options: AlterOptions, context: RequestContext): Plan | ConfigRefusal {
  const { resourceType, resourceName } = resource;
  if (options.replaces && resourceType === RESOURCE.logger) return unknownType(resourceType);
  const denied = deniedResource(resource, "ALTER_CONFIGS", context);
  // A broker refuses changes of its own configs without a text, and before the controller looks at the request.
  if (denied !== undefined) return resourceType === RESOURCE.broker ? { ...denied, errorMessage: null } : denied;
  switch (resourceType) {
    case RESOURCE.broker:
      return planForBroker(resource, options, context);
    case RESOURCE.topic:
      return planForTopic(resource, options, context);
    case RESOURCE.group:
      return planStored("group", resource, options, context, (values) =>
        groupConfigsError(resourceName, values, context.cluster.configs, context.nodeId),
      );
    case RESOURCE.clientMetrics:
      return planStored("client-metrics", resource, options, context, (values) =>
        clientMetricsError(resourceName, values),
      );
    default:
      return unknownType(resourceType);
  }
}

function unknownType(resourceType: number): ConfigRefusal {
  return refusal(ErrorCode.INVALID_REQUEST, `Unknown resource type ${resourceType}`);
}

function planForTopic(
  { resourceName, changes }: AlteredResource,
  { replaces }: AlterOptions,
  { cluster }: RequestContext,
): Plan | ConfigRefusal {
  const topic = cluster.topics.byName(resourceName);
  const values = changedValues(replaces || topic === undefined ? new Map() : topic.configs, changes, (name) => {
    const key = topicKeys.get(name);
    return key?.type === "list" ? (key.default ?? "") : undefined;
  });
  if ("errorCode" in values) return values;
  if (resourceName === "") return refusal(ErrorCode.INVALID_REQUEST, "Default topic resources are not allowed.");
  if (!Topics.isValidName(resourceName))
    return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, Topics.nameError(resourceName));
  if (topic === undefined)
    return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${resourceName}' does not exist.`);
  const error = topicConfigsError([...values]);
  if (error !== undefined) return refusal(ErrorCode.INVALID_CONFIG, error);
  return {
    values,
    store: () => {
      topic.configs.clear();
      for (const [name, value] of values) topic.configs.set(name, value);
      cluster.configs.changed();
    },
  };
}

/** Plans the change of a resource whose configs the cluster stores, and none of which is a list that grows. */
function planStored(
  kind: StoredConfigKind,
  { resourceName, changes }: AlteredResource,
  { replaces }: AlterOptions,
  { cluster: { configs } }: RequestContext,
  errorOf: (values: ConfigValues) => ConfigRefusal | undefined,
): Plan | ConfigRefusal {
  const values = changedValues(replaces ? new Map() : configs.of(kind, resourceName), changes, () => undefined);
  if ("errorCode" in values) return values;
  return errorOf(values) ?? { values, store: () => configs.set(kind, resourceName, values) };
}

function planForBroker(
  { resourceName, changes }: AlteredResource,
  { replaces }: AlterOptions,
  context: RequestContext,
): Plan | ConfigRefusal {
  const { configs, hasEligibleReplicas } = context.cluster;
  const isForAll = resourceName === "";
  const wrongName = isForAll ? undefined : brokerNameError(resourceName, context.nodeId);
  if (wrongName !== undefined) return wrongName;
  const unknown = changes.find(({ operation }) => !Object.values<number>(operations).includes(operation));
  if (unknown !== undefined) return refusal(ErrorCode.INVALID_REQUEST, `Unknown operations type ${unknown.operation}`);
  const before = configs.of("broker", resourceName);
  const values = changedValues(
    replaces ? new Map() : before,
    changes,
    (name) => {
      const key = configs.brokers.key(name);
      return key?.type === "list" ? (key.default ?? "") : undefined;
    },
    (name, word) =>
      refusal(
        ErrorCode.INVALID_CONFIG,
        configs.brokers.key(name) === undefined
          ? `Unknown config name: ${name}`
          : `Config value ${word.toLowerCase()} is not allowed for config key: ${name}`,
      ),
  );
  if ("errorCode" in values) return values;
  return (
    brokerConfigsError(values, isForAll, configs, context.nodeId) ??
    (hasEligibleReplicas ? eligibilityError(before, values, changes, isForAll) : undefined) ?? {
      values,
      store: () => configs.set("broker", resourceName, values),
    }
  );
}

/** Why a broker does not alter the configs of a broker of this name: it alters only its own. */
function brokerNameError(resourceName: string, nodeId: number): ConfigRefusal | undefined {
  const named = nodeIdOf(resourceName);
  if (named === undefined)
    return refusal(ErrorCode.INVALID_REQUEST, `Node id must be an integer, but it is: ${resourceName}`);
  return named === nodeId
    ? undefined
    : refusal(ErrorCode.INVALID_REQUEST, `Unexpected broker id, expected ${nodeId}, but received ${resourceName}`);
}

/** Kafka's broker sets the levels of its own loggers itself, and asks for rights first. */
function alterLoggers(
  resource: AlteredResource,
  { validateOnly }: AlterOptions,
  context: RequestContext,
): ConfigRefusal | undefined {
  const { resourceName, changes } = resource;
  const { cluster, nodeId } = context;
  const denied = deniedResource(resource, "ALTER_CONFIGS", context);
  if (denied !== undefined) return { ...denied, errorMessage: null };
  const named = nodeIdOf(resourceName);
  if (named === undefined)
    return refusal(ErrorCode.INVALID_REQUEST, `Node id must be an integer, but it is: ${resourceName}`);
  if (named !== nodeId)
    return refusal(ErrorCode.INVALID_REQUEST, `Unexpected node id. Expected ${nodeId}, but received ${resourceName}`);
  const error = cluster.loggers.error(changes, nodeId);
  if (error === undefined && !validateOnly) cluster.loggers.change(changes, nodeId);
  return error;
}
