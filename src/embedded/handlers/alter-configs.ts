import { alterConfigsApi } from "../../protocol/messages/alter-configs.ts";
import { alterResources } from "../configs/alter-resources.ts";
import { operations } from "../configs/config-change.ts";
import { type AnyHandler, handler } from "../handler.ts";

/**
 * AlterConfigs, 0 to 2: replaces all configs that were set for a resource. Kafka never answers a request that names a
 * resource twice, which would not help anybody; here it is refused.
 */
export function alterConfigs(): AnyHandler {
  return handler({
    api: alterConfigsApi,
    min: 0,
    max: 2,
    handle: ({ resources, validateOnly }, context) => ({
      responses: alterResources(
        resources.map(({ resourceType, resourceName, configs }) => ({
          resourceType,
          resourceName,
          changes: configs.map(({ name, value }) => ({ name, operation: operations.set, value })),
        })),
        { replaces: true, validateOnly },
        context,
      ),
    }),
  });
}
