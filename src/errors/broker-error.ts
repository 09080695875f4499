import { type BrokerErrorName, ERROR_TABLE, type ErrorRow } from "./error-table.ts";
import { KafkaError, type KafkaErrorDetails, type KafkaErrorKind, type Outcome } from "./kafka-error.ts";

const RETRIABLE = 1;
const REFRESH_METADATA = 2;
const FIRST_CODE = -1;

/** The table is sorted by code, without gaps, from −1 on. */
function row(code: number): ErrorRow | undefined {
  return ERROR_TABLE[code - FIRST_CODE];
}

/** Kafka's name of an error code. A code that this version does not know becomes `error N`. */
export function brokerErrorName(code: number): string {
  return row(code)?.[1] ?? `error ${code}`;
}

/** The code of a name; undefined if Kafka has no error of this name. */
export function brokerErrorCode(name: BrokerErrorName): number | undefined {
  return ERROR_TABLE.find((candidate) => candidate[1] === name)?.[0];
}

/**
 * Whether the same request may succeed later. Only this function decides it. It follows Kafka's own table except for
 * CORRUPT_MESSAGE: Kafka marks it retriable, but the same bytes stay corrupt.
 */
export function isRetriable(code: number): boolean {
  return ((row(code)?.[2] ?? 0) & RETRIABLE) !== 0 && brokerErrorName(code) !== "CORRUPT_MESSAGE";
}

/** Whether the code means that the client's metadata is out of date. */
export function refreshesMetadata(code: number): boolean {
  return ((row(code)?.[2] ?? 0) & REFRESH_METADATA) !== 0;
}

const KINDS: Readonly<Record<string, KafkaErrorKind>> = {
  TOPIC_AUTHORIZATION_FAILED: "authorization",
  GROUP_AUTHORIZATION_FAILED: "authorization",
  CLUSTER_AUTHORIZATION_FAILED: "authorization",
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "authorization",
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: "authorization",
  SASL_AUTHENTICATION_FAILED: "authentication",
  UNSUPPORTED_SASL_MECHANISM: "authentication",
  ILLEGAL_SASL_STATE: "authentication",
  UNSUPPORTED_VERSION: "unsupported",
  UNSUPPORTED_FOR_MESSAGE_FORMAT: "unsupported",
  UNSUPPORTED_COMPRESSION_TYPE: "unsupported",
  INVALID_PRODUCER_EPOCH: "fenced",
  PRODUCER_FENCED: "fenced",
  FENCED_INSTANCE_ID: "fenced",
  TRANSACTION_ABORTABLE: "abortable",
  // The coordinator has forgotten the transactional id, for example after a week without use. The transaction is lost,
  // and the producer gets a new producer id.
  INVALID_PRODUCER_ID_MAPPING: "abortable",
  CORRUPT_MESSAGE: "corrupt",
};

/** The broker may have carried out the request although it returned one of these. */
const INDEFINITE = [
  "REQUEST_TIMED_OUT",
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  "UNKNOWN_SERVER_ERROR",
  "NETWORK_EXCEPTION",
];

function outcomeOf(name: string): Outcome {
  return INDEFINITE.includes(name) ? "indefinite" : "notWritten";
}

/** Converts a broker's error code: sets the kind and `retriable`, and names the operation `what` in the message. */
export function brokerError(code: number, what: string, details: KafkaErrorDetails = {}): KafkaError {
  const name = brokerErrorName(code);
  return new KafkaError(KINDS[name] ?? "broker", `${what}: the broker answered ${name} (${code})`, {
    code,
    codeName: name,
    retriable: isRetriable(code),
    outcome: outcomeOf(name),
    ...details,
  });
}
