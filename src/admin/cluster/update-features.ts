import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { flag, listOf, name, oneOf, reading, shape, wholeFrom } from "../../errors/shape.ts";
import { updateFeaturesApi } from "../../protocol/messages/update-features.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { brokersLimit, type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import { onlyOnce } from "../only-once.ts";
import type { Results } from "../results.ts";

/** A level that a feature shall have. Java: `FeatureUpdate`. */
export interface FeatureUpdate {
  /** The name of the feature, for example `metadata.version`. */
  readonly feature: string;
  /** The level; 0 takes the feature out of use. Java: `maxVersionLevel`. */
  readonly maxVersionLevel: number;
  /**
   * Whether the level may be lower than today's: only if nothing is lost by it, or also then. Default `UPGRADE`: it
   * must be higher. Java: `FeatureUpdate.UpgradeType`.
   */
  readonly upgradeType?: "UPGRADE" | "SAFE_DOWNGRADE" | "UNSAFE_DOWNGRADE";
}

/** The options of `updateFeatures`. */
export interface UpdateFeaturesOptions extends CallOptions {
  /** Only checks whether the levels are possible. Default false. Brokers from Kafka 3.3 on. Java: `validateOnly`. */
  readonly validateOnly?: boolean;
}

/** In the order of Kafka's codes, from 1. */
const UPGRADE_TYPES = ["UPGRADE", "SAFE_DOWNGRADE", "UNSAFE_DOWNGRADE"] as const;
const UPDATES = listOf(
  shape(
    { feature: name, maxVersionLevel: wholeFrom(0, 32_767), upgradeType: oneOf(...UPGRADE_TYPES) },
    { needs: ["feature", "maxVersionLevel"], noun: "field", hints: { name: "feature", level: "maxVersionLevel" } },
  ),
  ": pass the list of updates, [{ feature, maxVersionLevel }]",
);
const OPTIONS = optionsWith({ validateOnly: flag });
const TYPES_SINCE = 1;
/** From this version on there is one error for all updates. */
const ONE_ERROR_SINCE = 2;

/** See `Admin.updateFeatures`. */
export async function updateFeatures(
  client: ClusterClient,
  updates: readonly FeatureUpdate[],
  options: UpdateFeaturesOptions,
): Promise<Results<string, undefined>> {
  const path = "updateFeatures: updates";
  UPDATES(updates, path);
  const wanted = reading(path, () =>
    updates.map(({ feature, maxVersionLevel, upgradeType = "UPGRADE" }) => ({ feature, maxVersionLevel, upgradeType })),
  );
  const keys = onlyOnce(
    wanted.map(({ feature }) => feature),
    path,
  );
  const limit = callLimit(options, "updateFeatures", OPTIONS);
  const { validateOnly = false } = options;
  const results = await askItems<string, undefined>(
    client,
    {
      what: `cannot update ${counted(keys.length, "feature")}`,
      keys,
      route: { to: "controller" },
      isChange: !validateOnly,
      send: async (connection, asked, within) => {
        const version = connection.version(updateFeaturesApi);
        if (validateOnly && version < TYPES_SINCE) throw new KafkaError("unsupported", VALIDATION_NEEDS);
        const response = await connection.request(
          updateFeaturesApi,
          {
            timeoutMs: brokersLimit(client, within),
            featureUpdates: wanted
              .filter(({ feature }) => asked.includes(feature))
              .map(({ feature, maxVersionLevel, upgradeType }) => ({
                ...{ feature, maxVersionLevel },
                ...(version < TYPES_SINCE
                  ? { allowDowngrade: upgradeType !== "UPGRADE" }
                  : { upgradeType: UPGRADE_TYPES.indexOf(upgradeType) + 1 }),
              })),
            ...(version < TYPES_SINCE ? {} : { validateOnly }),
          },
          { version },
        );
        return asked.map((feature) => {
          const ofAll = response.errorCode !== ErrorCode.NONE || version >= ONE_ERROR_SINCE;
          const { errorCode, errorMessage } = ofAll
            ? response
            : (response.results.find((one) => one.feature === feature) ?? notAnswered("UpdateFeatures"));
          return errorCode === ErrorCode.NONE
            ? done(undefined)
            : itemVerdict(itemError(errorCode, `cannot update feature ${feature}`, errorMessage));
        });
      },
    },
    limit,
  );
  return resultsOf(keys, results, (feature) => feature);
}

const VALIDATION_NEEDS = "the option validateOnly of updateFeatures needs brokers of Kafka 3.3";
