import { incrementalAlterConfigsApi } from "../../protocol/messages/incremental-alter-configs.ts";
import { alterResources } from "../configs/alter-resources.ts";
import { type AnyHandler, handler } from "../handler.ts";

/**
 * IncrementalAlterConfigs, 0 and 1: sets, deletes, appends and subtracts configs of topics, brokers, their loggers,
 * groups and subscriptions to metrics. They have an effect on the next request.
 */
export function incrementalAlterConfigs(): AnyHandler {
  return handler({
    api: incrementalAlterConfigsApi,
    min: 0,
    max: 1,
    handle: ({ resources, validateOnly }, context) => ({
      responses: alterResources(
        resources.map(({ resourceType, resourceName, configs }) => ({
          resourceType,
          resourceName,
          changes: configs.map(({ name, configOperation, value }) => ({ name, operation: configOperation, value })),
        })),
        { replaces: false, validateOnly },
        context,
      ),
    }),
  });
}
