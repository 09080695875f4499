import type { Admin, DescribeConfigResponse } from "../api.ts";
import { ConfigResourceTypes, ConfigSource } from "../constants/constants.ts";
import { type AdminRequests, type BrokerList, checkCodes, toBroker, type ToBroker } from "./admin-requests.ts";
import { membersOf } from "./argument-checks.ts";
import { configsToAlter, configsToDescribe, type ConfigResource } from "./config-arguments.ts";

/** The calls about settings. */
export function configCalls(requests: AdminRequests): Pick<Admin, "describeConfigs" | "alterConfigs"> {
  return {
    describeConfigs: (options) => describeConfigs(requests, options),
    alterConfigs: (options) => alterConfigs(requests, options),
  };
}

async function describeConfigs(requests: AdminRequests, options: unknown): Promise<DescribeConfigResponse> {
  const { resources: given, includeSynonyms } = membersOf(options);
  const resources = configsToDescribe(given);
  return await requests.atController("Could not describe configs", async (controller, brokers) => {
    const answers = await Promise.all(
      [...byBroker(resources, controller, brokers)].map(async ([broker, asked]) => {
        const { results } = await requests.request(
          "DescribeConfigs",
          { resources: asked, includeSynonyms: Boolean(includeSynonyms) },
          { to: { broker } },
        );
        checkCodes(results);
        return results;
      }),
    );
    const described = answers.flat().map(({ errorCode, errorMessage, resourceType, resourceName, configs }) => ({
      errorCode,
      errorMessage,
      resourceType,
      resourceName,
      configEntries: configs.map(entryOf),
    }));
    // kafkajs's types have a throttle time, and enums; its answers have plain numbers.
    return { resources: described } as unknown as DescribeConfigResponse;
  });
}

/** A setting as a broker describes it. */
interface BrokerEntry {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: number }[];
}

function entryOf({ name, value, readOnly, configSource, isSensitive, synonyms }: BrokerEntry): object {
  return {
    configName: name,
    configValue: value,
    readOnly,
    isDefault: configSource === ConfigSource.DEFAULT_CONFIG,
    configSource: configSource,
    isSensitive,
    configSynonyms: synonyms.map((one) => ({
      configName: one.name,
      configValue: one.value,
      configSource: one.source,
    })),
  };
}

/** Replaces all settings of each resource: those that are not named get their defaults. */
async function alterConfigs(requests: AdminRequests, options: unknown): Promise<unknown> {
  const { resources: given, validateOnly } = membersOf(options);
  const resources = configsToAlter(given);
  return await requests.atController("Could not alter configs", async (controller, brokers) => {
    const answers = await Promise.all(
      [...byBroker(resources, controller, brokers)].map(async ([broker, asked]) => {
        const { responses } = await requests.request(
          "AlterConfigs",
          { resources: asked, validateOnly: Boolean(validateOnly) },
          { to: { broker } },
        );
        checkCodes(responses);
        return responses;
      }),
    );
    return {
      resources: answers.flat().map(({ errorCode, errorMessage, resourceType, resourceName }) => ({
        errorCode,
        errorMessage,
        resourceType,
        resourceName,
      })),
    };
  });
}

/** The settings of a broker are asked of that broker, all others of the controller. */
function byBroker<R extends ConfigResource>(
  resources: readonly R[],
  controller: ToBroker,
  brokers: BrokerList,
): ReadonlyMap<number, R[]> {
  const groups = new Map<number, R[]>();
  for (const resource of resources) {
    const { resourceType, resourceName } = resource;
    const isBroker = resourceType === ConfigResourceTypes.BROKER || resourceType === ConfigResourceTypes.BROKER_LOGGER;
    const { broker } = (isBroker ? toBroker(brokers, resourceName) : controller).to;
    groups.set(broker, [...(groups.get(broker) ?? []), resource]);
  }
  return groups;
}
