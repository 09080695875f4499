import { apiVersionsApi } from "../../protocol/messages/api-versions.ts";
import { type AnyHandler, handler } from "../handler.ts";

/** ApiVersions, 0 to 4: what this cluster really serves. */
export function apiVersions(all: () => readonly AnyHandler[]): AnyHandler {
  return handler({
    api: apiVersionsApi,
    min: 0,
    max: 4,
    handle: () => ({ apiKeys: all().map(({ api, min, max }) => ({ apiKey: api.key, minVersion: min, maxVersion: max })), finalizedFeaturesEpoch: 1 }),
  });
}
