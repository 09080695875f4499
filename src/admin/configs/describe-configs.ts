import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { flag, listOf, reading } from "../../errors/shape.ts";
import {
  type DescribeConfigsResponseDescribeConfigsResourceResult,
  describeConfigsApi,
} from "../../protocol/messages/describe-configs.ts";
import { askByNode } from "../ask-by-node.ts";
import { notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { type ConfigEntry, type ConfigSource, sourceOf } from "../config-entry.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import type { Results } from "../results.ts";
import { checkNames, type ConfigResource, codeOf, inText, nodeOf, RESOURCE, resourceId } from "./config-resource.ts";

/** A value that a config would have if the values before it were not set. Java: `ConfigEntry.ConfigSynonym`. */
export interface ConfigSynonym {
  /** The name of the config, which a broker may have under another one than a topic. */
  readonly name: string;
  /** The value as text; null for a secret. */
  readonly value: string | null;
  /** Where the value comes from. */
  readonly source: ConfigSource;
}

/** A config as a broker describes it. Java: `ConfigEntry`. */
export interface DescribedConfig extends ConfigEntry {
  /** The type of the value. Java: `ConfigEntry.ConfigType`. */
  readonly type: ConfigType;
  /** Where the value comes from, and what it would be without it, in this order. Only with `includeSynonyms`. */
  readonly synonyms: readonly ConfigSynonym[] | undefined;
  /** The meaning of the config, in HTML. Only with `includeDocumentation`; undefined where the broker has none. */
  readonly documentation: string | undefined;
}

/** The type of a config's value. Java: `ConfigEntry.ConfigType`. */
export type ConfigType =
  "UNKNOWN" | "BOOLEAN" | "STRING" | "INT" | "SHORT" | "LONG" | "DOUBLE" | "LIST" | "CLASS" | "PASSWORD";

/** The options of `describeConfigs`. */
export interface DescribeConfigsOptions extends CallOptions {
  /** Also returns the values that were overridden. Default false. Java: `includeSynonyms`. */
  readonly includeSynonyms?: boolean;
  /**
   * Also returns the meaning of each config. Default false. Brokers from Kafka 2.6 on. Java: `includeDocumentation`.
   */
  readonly includeDocumentation?: boolean;
}

/** In the order of Kafka's codes. */
const TYPES: readonly ConfigType[] = [
  "UNKNOWN",
  "BOOLEAN",
  "STRING",
  "INT",
  "SHORT",
  "LONG",
  "DOUBLE",
  "LIST",
  "CLASS",
  "PASSWORD",
];
const RESOURCES = listOf(RESOURCE, ": pass the list of resources, [{ resourceType, name }]");
const OPTIONS = optionsWith({ includeSynonyms: flag, includeDocumentation: flag });
/** From this version on a broker returns documentation and types. */
const DOCUMENTATION_SINCE = 3;

/** See `Admin.describeConfigs`. */
export async function describeConfigs(
  client: ClusterClient,
  resources: readonly ConfigResource[],
  options: DescribeConfigsOptions,
): Promise<Results<ConfigResource, readonly DescribedConfig[]>> {
  const path = "describeConfigs: resources";
  RESOURCES(resources, path);
  const all = reading(path, () => resources.map(({ resourceType, name }) => ({ resourceType, name })));
  checkNames(all, path);
  const keys = [...new Map(all.map((key) => [resourceId(key), key])).values()];
  const limit = callLimit(options, "describeConfigs", OPTIONS);
  const { includeSynonyms = false, includeDocumentation = false } = options;
  const results = await askByNode<ConfigResource, readonly DescribedConfig[]>(
    client,
    {
      what: `cannot describe the configs of ${counted(keys.length, "resource")}`,
      keys,
      isExact: true, // a controller describes only itself
      send: async (connection, asked) => {
        const version = connection.version(describeConfigsApi);
        const response = await connection.request(
          describeConfigsApi,
          {
            resources: asked.map(({ resourceType, name }) => ({
              ...{ resourceType: codeOf(resourceType), resourceName: name },
              configurationKeys: null,
            })),
            includeSynonyms,
            ...(version >= DOCUMENTATION_SINCE ? { includeDocumentation } : {}),
          },
          { version },
        );
        return asked.map((key) => {
          const answer =
            response.results.find(
              ({ resourceType, resourceName }) =>
                resourceType === codeOf(key.resourceType) && resourceName === key.name,
            ) ?? notAnswered("DescribeConfigs");
          if (answer.errorCode === ErrorCode.NONE)
            return done(answer.configs.map((config) => described(config, includeSynonyms)));
          return itemVerdict(
            itemError(answer.errorCode, `cannot describe the configs of ${inText(key)}`, answer.errorMessage),
          );
        });
      },
    },
    nodeOf,
    limit,
  );
  return resultsOf(keys, results, resourceId);
}

function described(
  config: DescribeConfigsResponseDescribeConfigsResourceResult,
  includeSynonyms: boolean,
): DescribedConfig {
  return {
    name: config.name,
    value: config.value,
    source: sourceOf(config.configSource),
    isReadOnly: config.readOnly,
    isSensitive: config.isSensitive,
    type: TYPES[config.configType] ?? "UNKNOWN",
    synonyms: includeSynonyms
      ? config.synonyms.map(({ name, value, source }) => ({ name, value, source: sourceOf(source) }))
      : undefined,
    documentation: config.documentation ?? undefined,
  };
}
