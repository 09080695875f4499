import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { flag, listOf, mapOf, name, reading, shape, text } from "../../errors/shape.ts";
import {
  type IncrementalAlterConfigsRequestAlterableConfig,
  incrementalAlterConfigsApi,
} from "../../protocol/messages/incremental-alter-configs.ts";
import { askByNode } from "../ask-by-node.ts";
import { notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import { onlyOnce } from "../only-once.ts";
import type { Results } from "../results.ts";
import {
  checkNames,
  codeOf,
  type ConfigResource,
  inText,
  nodeOf,
  RESOURCE_FIELDS,
  resourceId,
} from "./config-resource.ts";

/** Changes of a resource's configs. Those that are not named stay as they are. Java: `AlterConfigOp`. */
export interface ConfigAlteration extends ConfigResource {
  /** Configs that get a value: `{ "retention.ms": "60000" }`. */
  readonly set?: Readonly<Record<string, string>>;
  /** Configs that lose their value, and have the default again. */
  readonly delete?: readonly string[];
  /** Values to add to configs that are lists, separated by commas: `{ "cleanup.policy": "compact" }`. */
  readonly append?: Readonly<Record<string, string>>;
  /** Values to remove from configs that are lists, separated by commas. */
  readonly subtract?: Readonly<Record<string, string>>;
}

/** The options of `incrementalAlterConfigs`. */
export interface AlterConfigsOptions extends CallOptions {
  /** Only checks whether the configs could be altered. Default false. Java: `validateOnly`. */
  readonly validateOnly?: boolean;
}

const ALTERATIONS = listOf(
  shape(
    { ...RESOURCE_FIELDS, set: mapOf(text), delete: listOf(name), append: mapOf(text), subtract: mapOf(text) },
    {
      needs: ["resourceType", "name"],
      noun: "field",
      hints: {
        type: "resourceType",
        resourceName: "name",
        configs: "set",
        configEntries: 'write set: { "retention.ms": "60000" }',
      },
    },
  ),
  ': pass the list of changes, [{ resourceType, name, set: { "retention.ms": "60000" } }]',
);
const OPTIONS = optionsWith({ validateOnly: flag });
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3];

/** See `Admin.incrementalAlterConfigs`. */
export async function incrementalAlterConfigs(
  client: ClusterClient,
  alterations: readonly ConfigAlteration[],
  options: AlterConfigsOptions,
): Promise<Results<ConfigResource, undefined>> {
  const path = "incrementalAlterConfigs: alterations";
  ALTERATIONS(alterations, path);
  const changes = reading(path, () => alterations.map((one, i) => changeOf(one, `${path}[${i}]`)));
  checkNames(changes, path);
  onlyOnce(changes.map(inText), path);
  const limit = callLimit(options, "incrementalAlterConfigs", OPTIONS);
  const { validateOnly = false } = options;
  const results = await askByNode<Change, undefined>(
    client,
    {
      what: `cannot alter the configs of ${counted(changes.length, "resource")}`,
      keys: changes,
      isChange: !validateOnly,
      send: async (connection, asked) => {
        const { responses } = await connection.request(incrementalAlterConfigsApi, {
          resources: asked.map(({ resourceType, name, configs }) => ({
            ...{ resourceType: codeOf(resourceType), resourceName: name },
            configs,
          })),
          validateOnly,
        });
        return asked.map((key) => {
          const { errorCode, errorMessage } =
            responses.find(
              ({ resourceType, resourceName }) =>
                resourceType === codeOf(key.resourceType) && resourceName === key.name,
            ) ?? notAnswered("IncrementalAlterConfigs");
          return errorCode === ErrorCode.NONE
            ? done(undefined)
            : itemVerdict(itemError(errorCode, `cannot alter the configs of ${inText(key)}`, errorMessage));
        });
      },
    },
    nodeOf,
    limit,
  );
  return resultsOf<ConfigResource, undefined>(
    changes.map(({ resourceType, name }) => ({ resourceType, name })),
    results,
    resourceId,
  );
}

interface Change extends ConfigResource {
  readonly configs: readonly IncrementalAlterConfigsRequestAlterableConfig[];
}

function changeOf(alteration: ConfigAlteration, path: string): Change {
  const { resourceType, name, set = {}, append = {}, subtract = {} } = alteration;
  const withValues = (values: Readonly<Record<string, string>>, configOperation: number) =>
    Object.entries(values).map(([config, value]) => ({ name: config, configOperation, value }));
  const configs = [
    ...withValues(set, SET),
    ...(alteration.delete ?? []).map((config) => ({ name: config, configOperation: DELETE, value: null })),
    ...withValues(append, APPEND),
    ...withValues(subtract, SUBTRACT),
  ];
  if (configs.length === 0)
    throw new KafkaError("config", `${path} changes nothing: pass set, delete, append or subtract`);
  onlyOnce(
    configs.map((config) => config.name),
    path,
  );
  return { resourceType, name, configs };
}
