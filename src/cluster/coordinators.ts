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

/**
 * Coordinators exist for groups, by group id; for producers, by transactional id; and for the state of share groups, by
 * `GROUP:TOPIC_ID:PARTITION`.
 */
export type CoordinatorKind = "group" | "transaction" | "share";

/** Where the coordinator of each key is, or why it is not known. */
export type LocatedCoordinators = ReadonlyMap<string, BrokerAddress | KafkaError>;

const KEY_TYPES = { group: 0, transaction: 1, share: 2 } as const;
/** From this version on, a request can contain several keys (KIP-699). */
const LISTS_SINCE = 4;
/** Requests of version 0 support only groups. */
const TYPES_SINCE = 1;
/** The first version with the coordinators of share groups' state (KIP-932). */
const SHARES_SINCE = 6;
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
    const found = (await this.locate(kind, [key], signal)).get(key);
    if (found === undefined || KafkaError.is(found)) throw found ?? notMentioned(key);
    try {
      return await this.#client.connectionTo(found, purpose, signal);
    } catch (error) {
      this.#known.delete(`${kind}/${key}`);
      throw error;
    }
  }

  /**
   * The coordinators of several keys. One request asks for all of those that are not remembered, where the broker takes
   * several keys (Kafka 3.0). Rejects if no broker could be asked.
   */
  async locate(kind: CoordinatorKind, keys: Iterable<string>, signal?: AbortSignalLike): Promise<LocatedCoordinators> {
    const located = new Map<string, BrokerAddress | KafkaError>();
    const missing: string[] = [];
    for (const key of new Set(keys)) {
      const address = this.#known.get(`${kind}/${key}`);
      if (address === undefined) missing.push(key);
      else located.set(key, address);
    }
    if (missing.length === 0) return located;
    for (const [key, found] of await this.#find(kind, missing, signal)) {
      if (!KafkaError.is(found)) this.#known.set(`${kind}/${key}`, found);
      located.set(key, found);
    }
    return located;
  }

  /**
   * Reports that a request to the coordinator failed. Forgets its address if the error means that it may have moved.
   */
  failed(kind: CoordinatorKind, key: string, error: KafkaError): void {
    if (error.code === undefined || MOVED.includes(error.code)) this.#known.delete(`${kind}/${key}`);
  }

  async #find(
    kind: CoordinatorKind,
    keys: readonly string[],
    signal: AbortSignalLike | undefined,
  ): Promise<LocatedCoordinators> {
    const connection = await this.#client.anyConnection(signal);
    const version = connection.version(findCoordinatorApi);
    if ((version < TYPES_SINCE && kind !== "group") || (version < SHARES_SINCE && kind === "share"))
      throw new KafkaError(
        "unsupported",
        `broker ${connection.address} is too old to have ${kind} coordinators (FindCoordinator version ${version})`,
      );
    const keyType = version < TYPES_SINCE ? {} : { keyType: KEY_TYPES[kind] };
    const request = (message: Input<FindCoordinatorRequest>): Promise<FindCoordinatorResponse> =>
      connection.request(findCoordinatorApi, message, { version });
    const answers =
      version >= LISTS_SINCE
        ? byKey(await request({ ...keyType, coordinatorKeys: keys }))
        : new Map(await Promise.all(keys.map(async (key) => [key, await request({ ...keyType, key })] as const)));
    return new Map(keys.map((key) => [key, placeOf(answers.get(key), kind, key)]));
  }
}

/** The coordinator has moved, or there is none yet. */
const MOVED = [ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.NOT_COORDINATOR];

/** The answer of a broker about one key. */
type FoundCoordinator = { readonly errorCode: number } & Required<BrokerAddress>;

function byKey({ coordinators }: FindCoordinatorResponse): ReadonlyMap<string, FoundCoordinator> {
  return new Map(coordinators.map((one) => [one.key, one]));
}

function placeOf(found: FoundCoordinator | undefined, kind: CoordinatorKind, key: string): BrokerAddress | KafkaError {
  if (found === undefined) return notMentioned(key);
  if (found.errorCode !== ErrorCode.NONE)
    return brokerError(found.errorCode, `cannot find the coordinator of ${kind} ${key}`);
  return { host: found.host, port: found.port, nodeId: found.nodeId };
}

function notMentioned(key: string): KafkaError {
  return new KafkaError("protocol", `the FindCoordinator response does not contain the requested ${key}`, {
    retriable: true,
  });
}
