import type { AnyKafka } from "odradek";
import type { Cluster } from "../connecting/cluster.ts";
import {
  KafkaJSBrokerNotFound,
  KafkaJSConnectionError,
  KafkaJSGroupCoordinatorNotFound,
  KafkaJSServerDoesNotSupportApiKey,
} from "../errors/connection-errors.ts";
import { KafkaJSAggregateError, KafkaJSDeleteGroupsError } from "../errors/admin-errors.ts";
import { KafkaJSNumberOfRetriesExceeded } from "../errors/kafkajs-error.ts";
import { KafkaJSProtocolError } from "../errors/protocol-error.ts";
import { protocolFault } from "../errors/protocol-faults.ts";
import { toKafkaJsError } from "../errors/to-kafkajs-error.ts";
import type { Logger } from "../logging/logger.ts";
import { retry, type RetryEnd, type Try } from "../retry/retry.ts";
import { type RetrySettings, retrySettings } from "../retry/retry-options.ts";
import { UnansweredRequests } from "./unanswered-requests.ts";

/** A broker that gets a request. */
export interface ToBroker {
  readonly to: { readonly broker: number };
}

/** The brokers of a cluster, as one answer to Metadata has them. */
export interface BrokerList {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly clusterId: string | null;
  /** -1 if there is none. */
  readonly controllerId: number;
}

/** The parts of an {@link AdminRequests}. */
export interface AdminRequestsParts {
  readonly cluster: Cluster;
  readonly logger: Logger;
  /** The retries of the calls. Those of connecting, metadata and coordinators are the `Kafka`'s, as in kafkajs. */
  readonly retry: Partial<RetrySettings>;
}

/**
 * The requests of an admin: single requests with kafkajs's errors, and kafkajs's retries around them. It connects when
 * the first request is sent.
 */
export class AdminRequests {
  readonly cluster: Cluster;
  readonly logger: Logger;
  readonly #settings: RetrySettings;
  readonly #unanswered: UnansweredRequests;
  /** The retries that run now: a disconnect ends them, or they would connect again. */
  readonly #running = new Set<RetryEnd>();

  constructor({ cluster, logger, retry: given }: AdminRequestsParts) {
    this.cluster = cluster;
    this.logger = logger;
    this.#settings = retrySettings(given);
    this.#unanswered = new UnansweredRequests(cluster);
  }

  /** Sends one request of Kafka's protocol. Rejects with kafkajs's errors. */
  readonly request: AnyKafka["request"] = async (api, message, options) => {
    const kafka = await this.cluster.connect();
    try {
      return await kafka.request(api, message, { timeoutMs: this.#requestTimeoutMs, ...options });
    } catch (error) {
      this.#unanswered.note(error, api);
      throw toKafkaJsError(error);
    }
  };

  /** Ends the retries that run: their calls reject with their last errors. */
  end(): void {
    for (const end of this.#running) {
      end.ended = true;
      end.pause?.end();
    }
  }

  /**
   * Tries a call until it does not fail with an error of these types. Any other error reaches the caller as it is.
   * Every failure that is tried again is logged as `warning`.
   */
  async tryCall<T>(types: readonly string[], warning: string | undefined, attempt: () => Promise<T>): Promise<T> {
    return await this.#retried(this.#settings, async (state) => {
      try {
        return await attempt();
      } catch (error) {
        if (!isOfType(error, types)) return state.bail(error);
        const { message } = error as Error;
        if (warning !== undefined) this.logger.warn(warning, { error: message, ...counts(state) });
        throw error;
      }
    });
  }

  /** Tries a call until it does not fail, or fails with an error that a repetition cannot heal. */
  async tryWhileRetriable<T>(attempt: () => Promise<T>): Promise<T> {
    return await this.#retried(this.#settings, attempt);
  }

  /** Sends requests to the controller, and again if it has moved. */
  async atController<T>(
    warning: string,
    attempt: (to: ToBroker, brokers: BrokerList) => Promise<T>,
    types: readonly string[] = ["NOT_CONTROLLER"],
  ): Promise<T> {
    return await this.tryCall(types, warning, async () => {
      const brokers = await this.brokers();
      return await attempt(toBroker(brokers, brokers.controllerId), brokers);
    });
  }

  /** The brokers of the cluster. */
  async brokers(): Promise<BrokerList> {
    return await this.read(() => this.request("Metadata", { topics: [] }));
  }

  /** The broker that coordinates a group now. */
  async coordinatorOf(groupId: string): Promise<ToBroker> {
    const find = async (): Promise<ToBroker> => {
      const { errorCode, nodeId } = await firstServed([3, 0], (version) =>
        this.request("FindCoordinator", { key: groupId }, { version }),
      );
      checkCode(errorCode);
      return { to: { broker: nodeId } };
    };
    try {
      return await this.tryRead(["GROUP_COORDINATOR_NOT_AVAILABLE"], find);
    } catch (error) {
      if (!isCausedByCode(error)) throw error;
      // kafkajs asks each broker, and forgets what they say.
      throw new KafkaJSGroupCoordinatorNotFound("Failed to find group coordinator", { cause: error });
    }
  }

  /** Sends a request that changes nothing, and again if its connection is lost: kafkajs gives up then. */
  async read<T>(send: () => Promise<T>): Promise<T> {
    return await this.tryRead([], send);
  }

  /** The same, and again after errors of these types. */
  async tryRead<T>(types: readonly string[], attempt: () => Promise<T>): Promise<T> {
    const settings = retrySettings(this.cluster.config.retry);
    return await this.#retried(settings, async ({ bail, retryCount }) => {
      try {
        return await attempt();
      } catch (error) {
        const isLost = error instanceof KafkaJSConnectionError && retryCount < settings.retries;
        if (isLost || isOfType(error, types)) throw error;
        return bail(error);
      }
    });
  }

  get #requestTimeoutMs(): number {
    const { requestTimeout = REQUEST_TIMEOUT_MS, enforceRequestTimeout = true } = this.cluster.config;
    return enforceRequestTimeout ? requestTimeout : FOR_EVER_MS;
  }

  async #retried<T>(settings: RetrySettings, attempt: (state: Try) => Promise<T>): Promise<T> {
    const end: RetryEnd = {};
    this.#running.add(end);
    try {
      return await retry(this.cluster.host, settings, attempt, end);
    } finally {
      this.#running.delete(end);
    }
  }
}

const REQUEST_TIMEOUT_MS = 30_000;
/** The longest wait that Odradek takes, in ms. */
const FOR_EVER_MS = 2_147_483_647;

/** Throws a broker's error code as kafkajs's error. */
export function checkCode(errorCode: number): void {
  if (errorCode !== 0) throw new KafkaJSProtocolError(protocolFault(errorCode));
}

/** Throws the first error code of a list. */
export function checkCodes(results: readonly { readonly errorCode: number }[]): void {
  for (const { errorCode } of results) checkCode(errorCode);
}

/** A broker by its id. Throws if the cluster has none of this id: kafkajs's text. */
export function toBroker({ brokers }: BrokerList, nodeId: number | string): ToBroker {
  const broker = brokers.find((one) => String(one.nodeId) === String(nodeId));
  if (broker === undefined) throw new KafkaJSBrokerNotFound(`Broker ${nodeId} not found in the cached metadata`);
  return { to: { broker: broker.nodeId } };
}

/** Calls `send` with the first of these versions that the broker has. */
export async function firstServed<T>(
  [version, ...rest]: readonly number[],
  send: (version: number) => Promise<T>,
): Promise<T> {
  try {
    return await send(version ?? 0);
  } catch (error) {
    if (rest.length === 0 || !(error instanceof KafkaJSServerDoesNotSupportApiKey)) throw error;
    return await firstServed(rest, send);
  }
}

/** Whether an error, or each of an aggregate's, is of one of these types. */
function isOfType(error: unknown, types: readonly string[]): boolean {
  if (error instanceof KafkaJSAggregateError) return error.errors.every((one) => isOfType(one, types));
  if (error instanceof KafkaJSDeleteGroupsError) return error.groups.every((group) => isOfType(group.error, types));
  const { type } = (error ?? {}) as { readonly type?: string };
  return type !== undefined && types.includes(type);
}

/** Whether it is a broker's error code, or many tries ended with one. */
function isCausedByCode(error: unknown): boolean {
  const cause = error instanceof KafkaJSNumberOfRetriesExceeded ? error.cause : error;
  return cause instanceof KafkaJSProtocolError;
}

function counts({ retryCount, retryTime }: Try): object {
  return { retryCount, retryTime };
}
