import * as ErrorCode from "../../errors/error-code.ts";
import {
  type DescribeConfigsRequest,
  type DescribeConfigsRequestDescribeConfigsResource,
  type DescribeConfigsResponseDescribeConfigsResult,
  describeConfigsApi,
} from "../../protocol/messages/describe-configs.ts";
import type { Input } from "../../protocol/schema.ts";
import { type ConfigRefusal, refusal } from "../configs/config-change.ts";
import { configDocumentation } from "../configs/config-documentation.ts";
import { RESOURCE, deniedResource, nodeIdOf } from "../configs/config-resources.ts";
import {
  type DescribedConfig,
  describedBrokerConfigs,
  describedClientMetrics,
  describedDefaultBrokerConfigs,
  describedGroupConfigs,
  describedLoggers,
  describedTopicConfigs,
} from "../configs/described-configs.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { MALFORMED } from "../malformed.ts";
import { hashOrder } from "../hash-order.ts";
import { Topics } from "../state/topics.ts";

type Resource = DescribeConfigsRequestDescribeConfigsResource;
type Described = readonly DescribedConfig[] | ConfigRefusal;
type Include = Pick<DescribeConfigsRequest, "includeSynonyms" | "includeDocumentation">;

/** A refused resource has no configs. */
const NOTHING: Include = { includeSynonyms: false, includeDocumentation: false };

/**
 * DescribeConfigs, 1 to 4: configs of topics, brokers and their loggers, groups, and subscriptions to metrics. The
 * documentation of a config, if the client asks for it, says where Kafka's own text is.
 */
export function describeConfigs(): AnyHandler {
  return handler({
    api: describeConfigsApi,
    min: 1,
    max: 4,
    handle: ({ resources, ...include }, context) => {
      const known = Object.values<number>(RESOURCE);
      // Kafka fails as a whole.
      if (resources.some(({ resourceType }) => !known.includes(resourceType)))
        return { results: resources.map((resource) => result(resource, malformed(), NOTHING)) };
      const asked = resources.map((resource) => ({
        resource,
        denied: deniedResource(resource, "DESCRIBE_CONFIGS", context),
      }));
      return {
        results: [
          ...asked
            .filter(({ denied }) => denied === undefined)
            .map(({ resource }) => result(resource, described(resource, context), include)),
          ...asked.flatMap(({ resource, denied }) => (denied === undefined ? [] : [result(resource, denied, NOTHING)])),
        ],
      };
    },
  });
}

function malformed(): ConfigRefusal {
  return refusal(ErrorCode.INVALID_REQUEST, MALFORMED);
}

function result(
  { resourceType, resourceName, configurationKeys }: Resource,
  found: Described,
  { includeSynonyms, includeDocumentation }: Include,
): Input<DescribeConfigsResponseDescribeConfigsResult> {
  if ("errorCode" in found) return { resourceType, resourceName, configs: [], ...found };
  // Kafka chooses from the map of all configs, so that its size decides the order.
  const ordered = hashOrder(found, ({ name }) => name);
  const wanted =
    configurationKeys === null || configurationKeys.length === 0
      ? ordered
      : ordered.filter(({ name }) => configurationKeys.includes(name));
  const configs = wanted.map((config) => ({
    ...config,
    ...(includeSynonyms ? {} : { synonyms: [] }),
    ...(includeDocumentation ? { documentation: configDocumentation(resourceType, config) } : {}),
  }));
  return { resourceType, resourceName, errorCode: ErrorCode.NONE, errorMessage: "", configs };
}

function described({ resourceType, resourceName }: Resource, context: RequestContext): Described {
  const { cluster, nodeId } = context;
  const { configs } = cluster;
  const invalid = (text: string): ConfigRefusal => refusal(ErrorCode.INVALID_REQUEST, text);
  switch (resourceType) {
    case RESOURCE.topic:
      return describedTopic(resourceName, context);
    case RESOURCE.group:
      return resourceName === ""
        ? invalid("Group name must not be empty")
        : describedGroupConfigs(resourceName, configs, nodeId);
    case RESOURCE.clientMetrics:
      return resourceName === ""
        ? invalid("Client metrics subscription name must not be empty")
        : describedClientMetrics(resourceName, configs);
    case RESOURCE.broker:
      // No name: the configs that were set for all brokers.
      return resourceName === ""
        ? describedDefaultBrokerConfigs(configs, nodeId)
        : (brokerError(resourceName, nodeId, `, expected ${nodeId} or empty string, but received`) ??
            describedBrokerConfigs(configs, nodeId));
    default:
      return resourceName === ""
        ? invalid("Broker id must not be empty")
        : (brokerError(resourceName, nodeId, `, expected ${nodeId} but received`) ??
            describedLoggers(cluster.loggers.levels(nodeId)));
  }
}

function describedTopic(name: string, { cluster, nodeId }: RequestContext): Described {
  const topic = cluster.topics.byName(name);
  if (topic !== undefined) return describedTopicConfigs(topic.configs, cluster.configs, nodeId);
  return Topics.isValidName(name)
    ? refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "")
    : refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, Topics.nameError(name));
}

/** Why a broker does not describe a broker of this name: it describes only itself. */
function brokerError(resourceName: string, nodeId: number, otherId: string): ConfigRefusal | undefined {
  const named = nodeIdOf(resourceName);
  if (named === nodeId) return undefined;
  return refusal(
    ErrorCode.INVALID_REQUEST,
    named === undefined
      ? `Broker id must be an integer, but it is: ${resourceName}`
      : `Unexpected broker id${otherId} ${resourceName}`,
  );
}
