import { brokerError } from "../errors/broker-error.ts";
import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { VersionRange } from "../protocol/api-versions.ts";
import { decodeResponse } from "../protocol/headers.ts";
import {
  type ApiVersionsRequest,
  type ApiVersionsResponse,
  apiVersionsApi,
} from "../protocol/messages/api-versions.ts";
import type { Api, Input } from "../protocol/schema.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { SOFTWARE_NAME, SOFTWARE_VERSION } from "./software.ts";

/** What a broker says of itself at the beginning of each connection. */
export interface BrokerFeatures {
  /** By API key. */
  readonly versions: ReadonlyMap<number, VersionRange>;
  /** Finalised feature levels by name, for example `transaction.version`. */
  readonly finalized: ReadonlyMap<string, number>;
  /** Rises with each change of the finalised features; −1 where the broker does not tell. */
  readonly finalizedEpoch: number;
  /** The version of ApiVersions in which it said so. */
  readonly handshakeVersion: number;
}

/** Sends one request and decodes its response frame. */
export type Exchange = (
  api: Api<ApiVersionsRequest, ApiVersionsResponse>,
  message: Input<ApiVersionsRequest>,
  version: number,
  decode: (frame: Uint8Array) => ApiVersionsResponse,
) => Promise<ApiVersionsResponse>;

/** Which broker a connection is meant for. */
export interface ExpectedBroker {
  readonly clusterId: string;
  readonly nodeId: number;
}

/**
 * Asks for the broker's versions, beginning with version `first` of ApiVersions. A broker that does
 * not know it answers error 35 in the body of version 0, listing at best its range for ApiVersions
 * itself (KIP-511): then once more in that range, and no third time. From version 5 on a broker
 * that is not the `expected` one says so (KIP-1242): then this rejects with code 129, retriable.
 */
export async function handshake(exchange: Exchange, first: number, expected?: ExpectedBroker): Promise<BrokerFeatures> {
  let version = first;
  let response = await ask(exchange, version, expected);
  if (response.errorCode === ErrorCode.UNSUPPORTED_VERSION) {
    const own = response.apiKeys.find((range) => range.apiKey === apiVersionsApi.key);
    version = Math.max(0, Math.min(own?.maxVersion ?? 0, version - 1));
    response = await ask(exchange, version, expected);
  }
  if (response.errorCode === ErrorCode.REBOOTSTRAP_REQUIRED) throw misrouted(expected);
  if (response.errorCode !== 0) throw brokerError(response.errorCode, `ApiVersions version ${version}`);
  if (response.apiKeys.length === 0) throw new KafkaError("protocol", "the broker serves no API at all");
  return {
    versions: new Map(
      response.apiKeys.map((range) => [range.apiKey, { min: range.minVersion, max: range.maxVersion }]),
    ),
    finalized: new Map(response.finalizedFeatures.map((feature) => [feature.name, feature.maxVersionLevel])),
    finalizedEpoch: response.finalizedFeaturesEpoch,
    handshakeVersion: version,
  };
}

/** Whether a connection led to another broker than the one that it was meant for. */
export function isMisrouted({ kind, code }: KafkaError): boolean {
  return kind === "connection" && code === ErrorCode.REBOOTSTRAP_REQUIRED;
}

function misrouted(expected: ExpectedBroker | undefined): KafkaError {
  const who =
    expected === undefined
      ? "the broker that was expected"
      : `broker ${expected.nodeId} of cluster ${expected.clusterId}`;
  const why = `the broker that answers is not ${who} (any more): its address may have been given to another`;
  return new KafkaError("connection", why, {
    retriable: true,
    code: ErrorCode.REBOOTSTRAP_REQUIRED,
    codeName: "REBOOTSTRAP_REQUIRED",
  });
}

function ask(exchange: Exchange, version: number, expected: ExpectedBroker | undefined): Promise<ApiVersionsResponse> {
  // Versions before 5 leave out who is expected.
  const { clusterId = null, nodeId = -1 } = expected ?? {};
  return exchange(
    apiVersionsApi,
    { clientSoftwareName: SOFTWARE_NAME, clientSoftwareVersion: SOFTWARE_VERSION, clusterId, nodeId },
    version,
    (frame) => {
      // The error code comes first in every version, so it can be read before the version of the body is known.
      const errorCode = new ByteReader(frame, 4).int16();
      return decodeResponse(apiVersionsApi, frame, errorCode === ErrorCode.UNSUPPORTED_VERSION ? 0 : version).message;
    },
  );
}
