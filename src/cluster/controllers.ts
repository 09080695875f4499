import { brokerError } from "../errors/broker-error.ts";
import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Connection } from "../network/connection.ts";
import { describeClusterApi } from "../protocol/messages/describe-cluster.ts";
import type { MetadataResponse } from "../protocol/messages/metadata.ts";

const CONTROLLERS = 2;
const ENDPOINT_TYPES_SINCE = 1;

/**
 * Asks a controller for all of them (KIP-919), in the form of a response to Metadata: controllers do not serve that
 * API. Throws kind `config`, which is permanent, if a broker answers.
 */
export async function readControllers(connection: Connection): Promise<MetadataResponse> {
  const { address } = connection;
  const version = connection.version(describeClusterApi);
  if (version < ENDPOINT_TYPES_SINCE)
    throw new KafkaError("unsupported", `${address} is too old for bootstrapControllers: they need Kafka 3.7`);
  const { errorCode, errorMessage, clusterId, controllerId, brokers } = await connection.request(
    describeClusterApi,
    { endpointType: CONTROLLERS },
    { version },
  );
  if (errorCode === ErrorCode.MISMATCHED_ENDPOINT_TYPE)
    throw new KafkaError(
      "config",
      `${address} is a broker, not a controller: pass its address as bootstrapServers, or the address of the ` +
        "controllers' listener as bootstrapControllers",
      { code: errorCode, codeName: "MISMATCHED_ENDPOINT_TYPE", outcome: "notWritten" },
    );
  if (errorCode !== ErrorCode.NONE)
    throw brokerError(
      errorCode,
      `cannot read the controllers from ${address}${errorMessage ? `: ${errorMessage}` : ""}`,
    );
  return {
    throttleTimeMs: 0,
    brokers: brokers.map(({ brokerId, host, port, rack }) => ({ nodeId: brokerId, host, port, rack })),
    clusterId,
    controllerId,
    topics: [],
    clusterAuthorizedOperations: 0,
    errorCode: ErrorCode.NONE,
  };
}
