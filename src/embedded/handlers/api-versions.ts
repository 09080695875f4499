import * as ErrorCode from "../../errors/error-code.ts";
import {
  type ApiVersionsRequest,
  type ApiVersionsResponse,
  apiVersionsApi,
} from "../../protocol/messages/api-versions.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";

const SOFTWARE_SINCE = 3;
const NOBODY = -1;
/** Older clients do not understand features whose minimum level is 0, so those are not sent to them (KIP-584). */
const LEVEL_0_SINCE = 4;
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

/**
 * ApiVersions, 0 to 5: the versions that this cluster serves. Features of coordinators that do not exist here are left
 * out. A level of 0 means that a feature is off.
 */
export function apiVersions(all: () => readonly AnyHandler[]): AnyHandler {
  return handler({
    api: apiVersionsApi,
    min: 0,
    max: 5,
    handle: (
      { clientSoftwareName, clientSoftwareVersion, clusterId, nodeId: expected }: ApiVersionsRequest,
      { apiVersion, cluster, nodeId, client }: RequestContext,
    ): Input<ApiVersionsResponse> => {
      if (apiVersion >= SOFTWARE_SINCE && !(SOFTWARE.test(clientSoftwareName) && SOFTWARE.test(clientSoftwareVersion)))
        return { errorCode: ErrorCode.INVALID_REQUEST };
      // KIP-1242: cluster id and node id come together or not at all. If they are another broker's, the client has
      // reached the wrong one.
      if ((clusterId === null) !== (expected === NOBODY)) return { errorCode: ErrorCode.INVALID_REQUEST };
      if (clusterId !== null && (clusterId !== cluster.clusterId || expected !== nodeId))
        return { errorCode: ErrorCode.REBOOTSTRAP_REQUIRED };
      client.versionsSent();
      const features = cluster.features();
      const shown = [...features.supported].filter(([, { least }]) => least > 0 || apiVersion >= LEVEL_0_SINCE);
      const finalized = [...features.supported.keys()].map((name) => ({ name, level: features.levelOf(name) }));
      return {
        apiKeys: all()
          .map(({ api, min, max, advertisedMin }) => ({
            apiKey: api.key,
            minVersion: advertisedMin ?? min,
            maxVersion: max,
          }))
          .sort((a, b) => a.apiKey - b.apiKey),
        supportedFeatures: shown.map(([name, { least, most }]) => ({ name, minVersion: least, maxVersion: most })),
        finalizedFeaturesEpoch: features.epoch,
        finalizedFeatures: finalized
          .filter(({ level }) => level > 0)
          .map(({ name, level }) => ({ name, maxVersionLevel: level, minVersionLevel: level })),
      };
    },
  });
}
