import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { flag, listOf, mapOf, reading, shape, text } from "../../errors/shape.ts";
import { alterConfigsApi } from "../../protocol/messages/alter-configs.ts";
import { askByNode } from "../ask-by-node.ts";
import { notAnswered, resultsOf } from "../ask-items.ts";
import { callLimit, optionsWith } from "../call-options.ts";
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
import type { AlterConfigsOptions } from "./incremental-alter-configs.ts";

/** All configs of a resource. Java: `Config`. */
export interface ConfigReplacement extends ConfigResource {
  /** The configs of the resource from now on: `{ "retention.ms": "60000" }`. All others get their defaults. */
  readonly configs: Readonly<Record<string, string>>;
}

const REPLACEMENTS = listOf(
  shape(
    { ...RESOURCE_FIELDS, configs: mapOf(text) },
    {
      needs: ["resourceType", "name", "configs"],
      noun: "field",
      hints: {
        type: "resourceType",
        resourceName: "name",
        configEntries: 'write configs: { "retention.ms": "60000" }',
        set: "alterConfigs replaces all configs: pass configs, or call incrementalAlterConfigs",
      },
    },
  ),
  ': pass the list of resources, [{ resourceType, name, configs: { "retention.ms": "60000" } }]',
);
const OPTIONS = optionsWith({ validateOnly: flag });

/** See `Admin.alterConfigs`. */
export async function alterConfigs(
  client: ClusterClient,
  replacements: readonly ConfigReplacement[],
  options: AlterConfigsOptions,
): Promise<Results<ConfigResource, undefined>> {
  const path = "alterConfigs: replacements";
  REPLACEMENTS(replacements, path);
  const changes = reading(path, () =>
    replacements.map(({ resourceType, name, configs }) => ({ resourceType, name, configs: Object.entries(configs) })),
  );
  checkNames(changes, path);
  onlyOnce(changes.map(inText), path);
  const limit = callLimit(options, "alterConfigs", OPTIONS);
  const { validateOnly = false } = options;
  const results = await askByNode<(typeof changes)[number], undefined>(
    client,
    {
      what: `cannot replace the configs of ${counted(changes.length, "resource")}`,
      keys: changes,
      isChange: !validateOnly,
      send: async (connection, asked) => {
        const { responses } = await connection.request(alterConfigsApi, {
          resources: asked.map(({ resourceType, name, configs }) => ({
            resourceType: codeOf(resourceType),
            resourceName: name,
            configs: configs.map(([config, value]) => ({ name: config, value })),
          })),
          validateOnly,
        });
        return asked.map((key) => {
          const { errorCode, errorMessage } =
            responses.find(
              ({ resourceType, resourceName }) =>
                resourceType === codeOf(key.resourceType) && resourceName === key.name,
            ) ?? notAnswered("AlterConfigs");
          return errorCode === ErrorCode.NONE
            ? done(undefined)
            : itemVerdict(itemError(errorCode, `cannot replace the configs of ${inText(key)}`, errorMessage));
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
