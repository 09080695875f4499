// The types of raw requests that users can import.
export type { ApiName, RequestOf, ResponseOf } from "../../protocol/api-name.ts";
export type { VersionsByApi } from "../../cluster/lazy-versions.ts";
export type { MessageInput, UnknownTaggedFields } from "../../protocol/schema.ts";
export type { ApiVersionRange, ApiVersionsOptions, BrokerApiVersions } from "./broker-api-versions.ts";
export type { RequestCoordinator, RequestDestination, SharePartition } from "./destination.ts";
export type { PingOptions, Pong } from "./ping.ts";
export type { RequestOptions } from "./raw-request.ts";
