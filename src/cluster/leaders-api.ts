import { type MetadataRequest, type MetadataResponse, metadataApi } from "../protocol/messages/metadata.ts";
import { type Api, withoutLists } from "../protocol/schema.ts";

/** Metadata as far as a client needs it to find leaders: the lists of replicas are empty. */
export const leadersApi: Api<MetadataRequest, MetadataResponse> = {
  ...metadataApi,
  response: /* @__PURE__ */ withoutLists(metadataApi.response, ["replicaNodes", "isrNodes", "offlineReplicas"]),
};
