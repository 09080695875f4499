import * as ErrorCode from "../../errors/error-code.ts";
import {
  type UpdateFeaturesRequest,
  type UpdateFeaturesResponse,
  updateFeaturesApi,
} from "../../protocol/messages/update-features.ts";
import type { Input } from "../../protocol/schema.ts";
import { noAclAccess } from "../acl-messages.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";

/** Before this version a response has a result for each feature. */
const NO_RESULTS_SINCE = 2;
/** Kafka writes the name of the code into the message of each feature that was updated. */
const DONE = "NONE";

/** UpdateFeatures, 0 to 2: finalises other levels of features, all or none of them. */
export function updateFeatures(): AnyHandler {
  return handler({ api: updateFeaturesApi, min: 0, max: 2, handle: serve });
}

function serve(
  { featureUpdates, validateOnly }: UpdateFeaturesRequest,
  { cluster, apiVersion, access }: RequestContext,
): Input<UpdateFeaturesResponse> {
  if (access?.deniesCluster("ALTER") === true) return noAclAccess("ALTER");
  // Version 0 has `allowDowngrade` instead of the upgrade type. Kafka ignores it: such a request can only upgrade.
  const updates = featureUpdates.map(({ feature, maxVersionLevel, upgradeType }) => ({
    feature,
    level: maxVersionLevel,
    upgradeType,
  }));
  const errorMessage = cluster.features().update(updates, validateOnly, cluster.quorum.leaderId);
  if (errorMessage !== undefined) return { errorCode: ErrorCode.INVALID_UPDATE_VERSION, errorMessage };
  return {
    errorMessage: null,
    results:
      apiVersion >= NO_RESULTS_SINCE
        ? []
        : [...new Set(updates.map(({ feature }) => feature))].map((feature) => ({ feature, errorMessage: DONE })),
  };
}
