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

/** The result of the handshake with a broker. */
export interface BrokerFeatures {
  /** The supported versions, by API key. */
  readonly versions: ReadonlyMap<number, VersionRange>;
  /** Finalised feature levels by name, for example `transaction.version`. */
  readonly finalized: ReadonlyMap<string, number>;
  /** Increases with each change of the finalised features; −1 if the broker does not report it. */
  readonly finalizedEpoch: number;
  /** The version of ApiVersions in which the broker answered. */
  readonly handshakeVersion: number;
}

/** Sends one request and decodes its response frame. */
export type Exchange = (
  api: Api<ApiVersionsRequest, ApiVersionsResponse>,
  message: Input<ApiVersionsRequest>,
  version: number,
  decode: (frame: Uint8Array) => ApiVersionsResponse,
) => Promise<ApiVersionsResponse>;

/** The broker that a connection is meant for. */
export interface ExpectedBroker {
  readonly clusterId: string;
  readonly nodeId: number;
}

/**
 * Asks for the broker's API versions, starting with version `first` of ApiVersions. A broker that does not support it
 * returns UNSUPPORTED_VERSION in the format of version 0, if possible with its range for ApiVersions (KIP-511). The
 * request is then repeated once in that range. From version 5 on, a broker other than `expected` reports that
 * (KIP-1242): this rejects with REBOOTSTRAP_REQUIRED, which is retriable. `allowed` has the versions that the user
 * allows, by API key.
 */
export async function handshake(
  exchange: Exchange,
  first: number,
  expected?: ExpectedBroker,
  allowed?: ReadonlyMap<number, VersionRange>,
): Promise<BrokerFeatures> {
  let version = Math.min(first, allowed?.get(apiVersionsApi.key)?.max ?? first);
  let response = await ask(exchange, version, expected);
  if (response.errorCode === ErrorCode.UNSUPPORTED_VERSION) {
    const own = response.apiKeys.find((range) => range.apiKey === apiVersionsApi.key);
    version = Math.max(0, Math.min(own?.maxVersion ?? 0, version - 1));
    response = await ask(exchange, version, expected);
  }
  if (response.errorCode === ErrorCode.REBOOTSTRAP_REQUIRED) throw misrouted(expected);
  if (response.errorCode !== ErrorCode.NONE) throw brokerError(response.errorCode, `ApiVersions version ${version}`);
  if (response.apiKeys.length === 0) throw new KafkaError("protocol", "the broker's ApiVersions response lists no API");
  return {
    versions: new Map(
      response.apiKeys.map(({ apiKey, minVersion: min, maxVersion: max }) => {
        const limits = allowed?.get(apiKey);
        return [apiKey, limits === undefined ? { min, max } : { min, max, allowed: limits }];
      }),
    ),
    finalized: new Map(response.finalizedFeatures.map((feature) => [feature.name, feature.maxVersionLevel])),
    finalizedEpoch: response.finalizedFeaturesEpoch,
    handshakeVersion: version,
  };
}

/** Whether a connection reached a different broker than the one it was meant for. */
export function isMisrouted({ kind, code }: KafkaError): boolean {
  return kind === "connection" && code === ErrorCode.REBOOTSTRAP_REQUIRED;
}

function misrouted(expected: ExpectedBroker | undefined): KafkaError {
  const who =
    expected === undefined
      ? "the broker that was expected"
      : `broker ${expected.nodeId} of cluster ${expected.clusterId}`;
  const why = `the broker at this address is not ${who} (any more): the address may have been reassigned`;
  return new KafkaError("connection", why, {
    retriable: true,
    code: ErrorCode.REBOOTSTRAP_REQUIRED,
    codeName: "REBOOTSTRAP_REQUIRED",
  });
}

function ask(exchange: Exchange, version: number, expected: ExpectedBroker | undefined): Promise<ApiVersionsResponse> {
  // Versions before 5 do not carry the expected broker.
  const { clusterId = null, nodeId = -1 } = expected ?? {};
  return exchange(
    apiVersionsApi,
    { clientSoftwareName: SOFTWARE_NAME, clientSoftwareVersion: SOFTWARE_VERSION, clusterId, nodeId },
    version,
    (frame) => {
      // The error code comes first in every version, so it can be read before the format of the body is known.
      const errorCode = new ByteReader(frame, 4).int16();
      return decodeResponse(apiVersionsApi, frame, errorCode === ErrorCode.UNSUPPORTED_VERSION ? 0 : version).message;
    },
  );
}
