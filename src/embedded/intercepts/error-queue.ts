import { brokerErrorCode } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import type { BrokerErrorName } from "../../errors/error-table.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { reading } from "../../errors/shape.ts";
import { inWords, plainly } from "../../errors/words.ts";
import type { FindCoordinatorRequest } from "../../protocol/messages/find-coordinator.ts";
import type { Action } from "./action.ts";
import type { ArrivedRequest } from "./arrived-request.ts";
import type { Interceptor } from "./intercepts.ts";
import { type FailedPartition, withErrors, withoutPartitions } from "./partition-answers.ts";
import { type RequestScope, isInScope } from "./scope.ts";
import { type Fields, type PartitionApiName, RESPONSE_PARTITIONS, isPartitionApi } from "./topic-fields.ts";

/** An error of a broker, by Kafka's name or code. `NONE`, or 0, lets one request pass. */
export type QueuedError = BrokerErrorName | number;

const LEAST_CODE = -1;
const MAX_CODE = 32_767;
/** With these errors, the records of a Produce are in the leader's log: replicas are missing, or it had them before. */
const AFTER_APPEND: readonly number[] = [
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  ErrorCode.DUPLICATE_SEQUENCE_NUMBER,
];

/**
 * Converts errors to codes. Throws kind `config` for a name that Kafka does not have, and for a code that is not an
 * int16.
 */
export function errorCodes(call: string, errors: readonly QueuedError[]): readonly number[] {
  return reading(`${call}: errors`, () => readErrors(call, errors));
}

function readErrors(call: string, errors: readonly QueuedError[]): readonly number[] {
  if (!Array.isArray(errors))
    throw new KafkaError("config", `${call}: errors are a list of Kafka's names or codes, not ${inWords(errors)}`);
  // A hole in the list counts as an element too.
  return Array.from(errors, (error: QueuedError) => {
    const code = typeof error === "string" ? brokerErrorCode(error) : error;
    if (typeof code !== "number" || !Number.isInteger(code) || code < LEAST_CODE || code > MAX_CODE)
      throw new KafkaError(
        "config",
        `${call}: Kafka has no error ${plainly(error)}; an error is a name such as NOT_LEADER_OR_FOLLOWER, or a code`,
      );
    return code;
  });
}

/** The requests that take an error from a queue. */
export interface ErrorQueueTarget extends RequestScope {
  readonly apiName: string;
  /**
   * Only this partition of the topic gets the error; the others of a request are served. Default: every partition of
   * the request gets it.
   */
  readonly partition?: number;
}

/** Errors for the next requests, one for each. */
export class ErrorQueue implements Interceptor {
  readonly #target: ErrorQueueTarget;
  readonly #codes: number[];
  readonly #isOver: (self: ErrorQueue) => void;
  calls = 0;

  constructor(target: ErrorQueueTarget, codes: readonly number[], isOver: (self: ErrorQueue) => void) {
    this.#target = target;
    this.#codes = [...codes];
    this.#isOver = isOver;
  }

  get left(): number {
    return this.#codes.length;
  }

  act(request: ArrivedRequest): Action | undefined {
    const { apiName, topic, partition } = this.#target;
    if (request.apiName !== apiName || !isInScope(this.#target, request)) return undefined;
    const asked = request.partitions.filter(
      (one) =>
        (topic === undefined || one.topic === topic) &&
        (partition === undefined || one.partition === undefined || one.partition === partition),
    );
    if (partition !== undefined && asked.length === 0) return undefined;
    const code = this.#codes.shift();
    if (code === undefined) return undefined;
    this.calls++;
    if (this.#codes.length === 0) this.#isOver(this);
    if (code === ErrorCode.NONE) return undefined;
    if (partition === undefined && (apiName === "Metadata" || !isPartitionApi(apiName)))
      return { end: { kind: "answer", answer: refusalOf(request, code) } };
    return failing(
      apiName as PartitionApiName,
      request.message,
      asked.map((one) => ({ ...one, partition: one.partition ?? partition, errorCode: code })),
    );
  }

  /** Stops returning errors. */
  end(): void {
    this.#codes.length = 0;
  }
}

/** Serves the other partitions. A change to a failing partition is not applied. */
function failing(apiName: PartitionApiName, message: unknown, failed: readonly FailedPartition[]): Action {
  const respond = (response: unknown): unknown => withErrors(apiName, response, failed);
  if (!RESPONSE_PARTITIONS[apiName].isWrite)
    // Return the error at once, without a long poll.
    return apiName === "Fetch" ? { rewrite: { ...(message as Fields), maxWaitMs: 0 }, respond } : { respond };
  const isApplied = apiName === "Produce" && failed.every(({ errorCode }) => AFTER_APPEND.includes(errorCode));
  const rewrite = isApplied ? undefined : withoutPartitions(apiName, message, failed);
  // With acks=0 there is no response: a broker reports an error by closing the connection.
  const end = (message as Fields)["acks"] === 0 ? ({ kind: "disconnect-after" } as const) : undefined;
  return { rewrite, respond, end };
}

/** The error response for the whole request. */
function refusalOf(request: ArrivedRequest, errorCode: number): unknown {
  const { apiName, message, partitions } = request;
  if (apiName === "Metadata") return { topics: partitions.map(({ name, topicId }) => ({ name, topicId, errorCode })) };
  if (apiName === "InitProducerId") return { errorCode, producerEpoch: -1 };
  if (apiName !== "FindCoordinator") return { errorCode };
  const nowhere = { nodeId: -1, host: "", port: -1, errorCode };
  const { coordinatorKeys } = message as FindCoordinatorRequest;
  return coordinatorKeys.length === 0 ? nowhere : { coordinators: coordinatorKeys.map((key) => ({ key, ...nowhere })) };
}
