import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, refusal } from "../../cluster/routing/verdict.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { listOf, reading } from "../../errors/shape.ts";
import { listConfigResourcesApi } from "../../protocol/messages/list-config-resources.ts";
import { askOne } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError } from "../item-error.ts";
import { codeOf, type ConfigResource, type ConfigResourceType, resourceType, typeOfCode } from "./config-resource.ts";

/** The options of `listConfigResources`. */
export interface ListConfigResourcesOptions extends CallOptions {
  /** The types to list. Default: all. Types other than `CLIENT_METRICS` need Kafka 4.1. Java: `configResourceTypes`. */
  readonly resourceTypes?: readonly ConfigResourceType[];
}

const OPTIONS = optionsWith({ resourceTypes: listOf(resourceType) });
/** Before this version, the API lists client metrics subscriptions, and the request has no types. */
const TYPES_SINCE = 1;
const CLIENT_METRICS = "CLIENT_METRICS";

/** See `Admin.listConfigResources`. */
export async function listConfigResources(
  client: ClusterClient,
  options: ListConfigResourcesOptions,
  call = "listConfigResources",
): Promise<readonly ConfigResource[]> {
  const limit = callLimit(options, call, OPTIONS);
  const types = reading(`${call}: resourceTypes`, () => [...new Set(options.resourceTypes ?? [])]);
  const what = "cannot list the resources that have configs";
  return askOne(
    client,
    {
      what,
      send: async (connection) => {
        const version = connection.version(listConfigResourcesApi);
        if (version < TYPES_SINCE && types.some((type) => type !== CLIENT_METRICS))
          return refusal(
            new KafkaError("unsupported", `${what}: brokers before Kafka 4.1 list ${CLIENT_METRICS} only`),
          );
        const request = version < TYPES_SINCE ? {} : { resourceTypes: types.map(codeOf) };
        const { errorCode, configResources } = await connection.request(listConfigResourcesApi, request, { version });
        if (errorCode !== ErrorCode.NONE) return refusal(itemError(errorCode, what));
        return done(
          configResources.flatMap((one): readonly ConfigResource[] => {
            const type = version < TYPES_SINCE ? CLIENT_METRICS : typeOfCode(one.resourceType);
            return type === undefined ? [] : [{ resourceType: type, name: one.resourceName }];
          }),
        );
      },
    },
    limit,
  );
}

/** See `Admin.listClientMetricsResources`. */
export async function listClientMetricsResources(
  client: ClusterClient,
  options: CallOptions,
): Promise<readonly string[]> {
  const { timeoutMs, signal } = checked(options);
  const found = await listConfigResources(
    client,
    {
      resourceTypes: [CLIENT_METRICS],
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(signal === undefined ? {} : { signal }),
    },
    "listClientMetricsResources",
  );
  return found.map(({ name }) => name);
}

function checked(options: CallOptions): CallOptions {
  callLimit(options, "listClientMetricsResources");
  return options;
}
