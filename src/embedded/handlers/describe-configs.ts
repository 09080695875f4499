import * as ErrorCode from "../../errors/error-code.ts";
import {
  type DescribeConfigsRequestDescribeConfigsResource,
  type DescribeConfigsResponseDescribeConfigsResult,
  describeConfigsApi,
} from "../../protocol/messages/describe-configs.ts";
import type { Input } from "../../protocol/schema.ts";
import {
  type DescribedConfig,
  describedBrokerConfigs,
  describedDefaultBrokerConfigs,
  describedTopicConfigs,
} from "../described-configs.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { MALFORMED } from "../malformed.ts";
import { Topics } from "../state/topics.ts";

const TOPIC = 2;
const BROKER = 4;

/** DescribeConfigs, 1 to 4: configs of topics and brokers. */
export function describeConfigs(): AnyHandler {
  return handler({
    api: describeConfigsApi,
    min: 1,
    max: 4,
    handle: (request, context) => ({
      results: request.resources.map((resource): Input<DescribeConfigsResponseDescribeConfigsResult> => {
        const { resourceType, resourceName, configurationKeys } = resource;
        const found = configsOf(resource, context);
        if ("errorCode" in found) return { resourceType, resourceName, configs: [], ...found };
        const wanted =
          configurationKeys === null || configurationKeys.length === 0
            ? found.configs
            : found.configs.filter(({ name }) => configurationKeys.includes(name));
        const configs = request.includeSynonyms ? wanted : wanted.map((config) => ({ ...config, synonyms: [] }));
        return { resourceType, resourceName, errorCode: ErrorCode.NONE, errorMessage: "", configs };
      }),
    }),
  });
}

function configsOf(
  { resourceType, resourceName }: DescribeConfigsRequestDescribeConfigsResource,
  { cluster, nodeId, access }: RequestContext,
):
  | { readonly configs: readonly DescribedConfig[] }
  | { readonly errorCode: number; readonly errorMessage: string | null } {
  if (resourceType === TOPIC) {
    if (access?.denies("DESCRIBE_CONFIGS", "TOPIC", resourceName) === true)
      return { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, errorMessage: "Topic authorization failed." };
    const topic = cluster.topics.byName(resourceName);
    if (topic !== undefined) return { configs: describedTopicConfigs(topic.configs) };
    return Topics.isValidName(resourceName)
      ? { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: "" }
      : { errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, errorMessage: Topics.nameError(resourceName) };
  }
  if (resourceType !== BROKER) return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: MALFORMED };
  if (access?.deniesCluster("DESCRIBE_CONFIGS") === true)
    return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, errorMessage: "Cluster authorization failed." };
  // No name: the configs that were set for all brokers.
  if (resourceName === "") return { configs: describedDefaultBrokerConfigs() };
  if (!/^[+-]?\d+$/.test(resourceName))
    return {
      errorCode: ErrorCode.INVALID_REQUEST,
      errorMessage: `Broker id must be an integer, but it is: ${resourceName}`,
    };
  if (resourceName !== String(nodeId))
    return {
      errorCode: ErrorCode.INVALID_REQUEST,
      errorMessage: `Unexpected broker id, expected ${nodeId} or empty string, but received ${resourceName}`,
    };
  return { configs: describedBrokerConfigs(cluster, nodeId) };
}
