import { brokerError } from "../errors/broker-error.ts";
import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Connection } from "../network/connection.ts";
import {
  type FindCoordinatorRequest,
  type FindCoordinatorResponse,
  findCoordinatorApi,
} from "../protocol/messages/find-coordinator.ts";
import type { Input } from "../protocol/schema.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import type { BrokerAddress } from "./bootstrap.ts";
import type { Purpose } from "./broker-pool.ts";
import type { ClusterClient } from "./cluster-client.ts";

/** Coordinators exist for consumer groups, by group id, and for producers, by transactional id. */
export type CoordinatorKind = "group" | "transaction";

const KEY_TYPES = { group: 0, transaction: 1 } as const;
/** From this version on, a request can contain several keys (KIP-699). */
const LISTS_SINCE = 4;
/** Requests of version 0 support only groups. */
const TYPES_SINCE = 1;
/** The coordinator has moved, or there is none yet. */
const MOVED = [ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.NOT_COORDINATOR];

/**
 * Finds the broker that coordinates a group or a transactional id. The result is remembered until the broker says that
 * it is not the coordinator, or the connection to it fails. Then the next call searches again.
 */
export class Coordinators {
  readonly #client: ClusterClient;
  readonly #known = new Map<string, BrokerAddress>();

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  /**
   * The client's ordered connection to the coordinator, or one for another purpose: a broker handles no other request
   * on a connection while a member waits for its group there. Retriable errors are thrown at once. The caller's retry
   * policy repeats both steps, because the coordinator may move between them.
   */
  async connection(
    kind: CoordinatorKind,
    key: string,
    signal?: AbortSignalLike,
    purpose: Purpose = "coordinator",
  ): Promise<Connection> {
    const id = `${kind}/${key}`;
    let address = this.#known.get(id);
    if (address === undefined) {
      address = await this.#find(kind, key, signal);
      this.#known.set(id, address);
    }
    try {
      return await this.#client.connectionTo(address, purpose, signal);
    } catch (error) {
      this.#known.delete(id);
      throw error;
    }
  }

  /**
   * Reports that a request to the coordinator failed. Forgets its address if the error means that it may have moved.
   */
  failed(kind: CoordinatorKind, key: string, error: KafkaError): void {
    if (error.code === undefined || MOVED.includes(error.code)) this.#known.delete(`${kind}/${key}`);
  }

  async #find(kind: CoordinatorKind, key: string, signal: AbortSignalLike | undefined): Promise<BrokerAddress> {
    const connection = await this.#client.anyConnection(signal);
    const version = connection.version(findCoordinatorApi);
    if (version < TYPES_SINCE && kind !== "group")
      throw new KafkaError(
        "unsupported",
        `broker ${connection.address} is too old to have ${kind} coordinators (FindCoordinator version ${version})`,
      );
    const keyType = version < TYPES_SINCE ? {} : { keyType: KEY_TYPES[kind] };
    const message: Input<FindCoordinatorRequest> =
      version >= LISTS_SINCE ? { ...keyType, coordinatorKeys: [key] } : { ...keyType, key };
    const found = answerFor(await connection.request(findCoordinatorApi, message, { version }), key);
    if (found.errorCode !== 0) throw brokerError(found.errorCode, `cannot find the coordinator of ${kind} ${key}`);
    return { host: found.host, port: found.port, nodeId: found.nodeId };
  }
}

/** The address of a coordinator, or an error code. */
type FoundCoordinator = { readonly errorCode: number } & Required<BrokerAddress>;

function answerFor(response: FindCoordinatorResponse, key: string): FoundCoordinator {
  if (response.coordinators.length === 0) return response;
  const found = response.coordinators.find((one) => one.key === key);
  if (found === undefined)
    throw new KafkaError("protocol", `the FindCoordinator response does not contain the requested ${key}`, {
      retriable: true,
    });
  return found;
}
