import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import type { ConfigCalls } from "./config-calls.ts";
import { alterConfigs } from "./alter-configs.ts";
import { describeConfigs } from "./describe-configs.ts";
import { incrementalAlterConfigs } from "./incremental-alter-configs.ts";
import { listClientMetricsResources, listConfigResources } from "./list-config-resources.ts";

export function configCalls(context: AdminContext): LoadedCalls<ConfigCalls> {
  const { client } = context;
  return {
    describeConfigs: (resources, options = {}) => describeConfigs(client, resources, options),
    alterConfigs: (replacements, options = {}) => alterConfigs(client, replacements, options),
    incrementalAlterConfigs: (alterations, options = {}) => incrementalAlterConfigs(client, alterations, options),
    listConfigResources: (options = {}) => listConfigResources(client, options),
    listClientMetricsResources: (options = {}) => listClientMetricsResources(client, options),
  };
}
