import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, refusal } from "../../cluster/routing/verdict.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { MAX_INT32, wholeFrom } from "../../errors/shape.ts";
import { apiVersionsApi } from "../../protocol/messages/api-versions.ts";
import { askOne } from "../ask-items.ts";
import { type CallOptions, callLimit, optionsWith } from "../call-options.ts";
import { itemError } from "../item-error.ts";

/** A range of levels of a feature. Java: `SupportedVersionRange`, `FinalizedVersionRange`. */
export interface FeatureLevels {
  /** The lowest level. */
  readonly min: number;
  /** The highest level. */
  readonly max: number;
}

/** The features of a cluster. Java: `FeatureMetadata`. */
export interface FeatureMetadata {
  /** The levels that the cluster uses, by the features' names. */
  readonly finalizedFeatures: Readonly<Record<string, FeatureLevels>>;
  /** Rises with each change of the finalised features; undefined while the broker does not know them. */
  readonly finalizedFeaturesEpoch: number | undefined;
  /** The levels that the broker supports, by the features' names. */
  readonly supportedFeatures: Readonly<Record<string, FeatureLevels>>;
}

/** The options of `describeFeatures`. */
export interface DescribeFeaturesOptions extends CallOptions {
  /** The broker to ask (KIP-1160). Default: any. Java: `nodeId`. */
  readonly nodeId?: number;
}

const OPTIONS = optionsWith({ nodeId: wholeFrom(0, MAX_INT32) });
const FEATURES_SINCE = 3;
/** Version 4 also returns features whose lowest level is 0. */
const LATEST = 4;
const SOFTWARE = { clientSoftwareName: "odradek", clientSoftwareVersion: "0" };

/** See `Admin.describeFeatures`. */
export async function describeFeatures(
  client: ClusterClient,
  options: DescribeFeaturesOptions,
): Promise<FeatureMetadata> {
  const limit = callLimit(options, "describeFeatures", OPTIONS);
  const { nodeId } = options;
  const what = "cannot describe features";
  return askOne(
    client,
    {
      what,
      to: nodeId ?? "any",
      send: async (connection) => {
        const version = connection.version(apiVersionsApi, LATEST);
        if (version < FEATURES_SINCE)
          return refusal(new KafkaError("unsupported", `${what}: brokers before Kafka 2.7 have none`));
        const response = await connection.request(apiVersionsApi, SOFTWARE, { version });
        if (response.errorCode !== ErrorCode.NONE) return refusal(itemError(response.errorCode, what));
        const { finalizedFeatures, finalizedFeaturesEpoch, supportedFeatures } = response;
        return done({
          finalizedFeatures: Object.fromEntries(
            finalizedFeatures.map(({ name, minVersionLevel: min, maxVersionLevel: max }) => [name, { min, max }]),
          ),
          finalizedFeaturesEpoch: finalizedFeaturesEpoch < 0 ? undefined : finalizedFeaturesEpoch,
          supportedFeatures: Object.fromEntries(
            supportedFeatures.map(({ name, minVersion: min, maxVersion: max }) => [name, { min, max }]),
          ),
        });
      },
    },
    limit,
  );
}
