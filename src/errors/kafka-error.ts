import { inWords } from "./words.ts";

/**
 * The kinds of errors, a closed list. `broker` carries the broker's error code. `abortable` means: abort the
 * transaction and continue. `fenced` means: another instance has taken over, so close this one.
 */
export type KafkaErrorKind =
  | "protocol"
  | "broker"
  | "connection"
  | "timeout"
  | "authentication"
  | "authorization"
  | "config"
  | "serialization"
  | "corrupt"
  | "fenced"
  | "abortable"
  | "buffer-full"
  | "cancelled"
  | "closed"
  | "unsupported"
  | "internal";

/** The fate of data that was sent: `notWritten` never reached a partition, `written` did, `indefinite` may have. */
export type Outcome = "notWritten" | "written" | "indefinite";

/** Facts that an error carries besides its message. Each is present only if it is known. */
export interface KafkaErrorDetails {
  /** The broker's error code, for example 3. */
  readonly code?: number;
  /** The broker's name for the code, for example `UNKNOWN_TOPIC_OR_PARTITION`. */
  readonly codeName?: string;
  /** Whether the same call may succeed if it is repeated. Default false. */
  readonly retriable?: boolean;
  /** Whether the broker wrote the data that was sent; undefined if nothing was sent. */
  readonly outcome?: Outcome;
  /** The original error: the host's, or one thrown by code of the application. */
  readonly cause?: unknown;
  /** The topic that the error is about. */
  readonly topic?: string;
  /** The partition that the error is about. */
  readonly partition?: number;
  /** The offset of the record or batch that the error is about. */
  readonly offset?: number;
  /** `host:port` of the broker, if one was involved. */
  readonly address?: string;
  /** The path of the field in a protocol message, for example `FetchResponse.responses[0].partitions`. */
  readonly path?: string;
}

/** Details that become own fields of an error, but only where they are known: a printed error shows no empty fields. */
const FACTS = ["code", "codeName", "outcome", "topic", "partition", "offset", "address", "path"] as const;
const BRAND: unique symbol = Symbol.for("odradek.KafkaError") as never;

/**
 * The one error family of Odradek. Its message says what was tried, where it failed and what to do. Branch on `kind`.
 *
 * Use {@link KafkaError.is} instead of `instanceof`: it also recognises errors of another copy of the package, or of
 * another realm.
 */
export class KafkaError extends Error {
  /** Always `"KafkaError"`. */
  override readonly name: string = "KafkaError";
  /** The kind of error, for code to branch on. */
  readonly kind: KafkaErrorKind;
  /** Whether the same call may succeed if it is repeated. */
  readonly retriable: boolean;
  /** The broker's error code, for example 3. Undefined if no broker returned an error. */
  declare readonly code: number | undefined;
  /** The broker's name for the code, for example `UNKNOWN_TOPIC_OR_PARTITION`. */
  declare readonly codeName: string | undefined;
  /** The fate of the records or offsets that were sent. Undefined if nothing was sent. */
  declare readonly outcome: Outcome | undefined;
  /** The topic that the error is about, if any. */
  declare readonly topic: string | undefined;
  /** The partition that the error is about, if any. */
  declare readonly partition: number | undefined;
  /** The offset of the record or batch that the error is about, if any. */
  declare readonly offset: number | undefined;
  /** `host:port` of the broker, if one was involved. */
  declare readonly address: string | undefined;
  /** The path of the field in a protocol message, for example `FetchResponse.responses[0].partitions`. */
  declare readonly path: string | undefined;

  /** For connectors, codecs, serdes and other code of your own that reports an error to the client. */
  constructor(kind: KafkaErrorKind, message: string, details: KafkaErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    Object.defineProperty(this, BRAND, { value: true });
    this.kind = kind;
    this.retriable = details.retriable ?? false;
    const fields = this as unknown as Record<string, unknown>;
    for (const name of FACTS) if (details[name] !== undefined) fields[name] = details[name];
  }

  /** Whether a value is a KafkaError, of this copy of the package or of another. */
  static is(value: unknown): value is KafkaError {
    try {
      return typeof value === "object" && value !== null && BRAND in value;
    } catch {
      return false; // a proxy that throws
    }
  }

  /**
   * The only converter. Returns a KafkaError unchanged, and wraps anything else as the `cause` of a new error of kind
   * `kind` (default `internal`). `what`, if given, precedes the message.
   */
  static from(value: unknown, kind: KafkaErrorKind = "internal", what?: string): KafkaError {
    if (KafkaError.is(value)) return value;
    const text = messageOf(value) ?? (typeof value === "string" ? value : inWords(value));
    return new KafkaError(kind, what === undefined ? text : `${what}: ${text}`, { cause: value });
  }
}

/**
 * The message of an error, also of one from another realm: in a test runner's sandbox the host's errors are not
 * instances of `Error`.
 */
function messageOf(value: unknown): string | undefined {
  try {
    if (Object.prototype.toString.call(value) !== "[object Error]" && !(value instanceof Error)) return undefined;
    const { message } = value as Error;
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined; // a proxy, too, can be thrown, and it may throw when it is read
  }
}

/** The details of an error, to build another error that differs in some of them. */
export function detailsOf(error: KafkaError): KafkaErrorDetails {
  const details: Record<string, unknown> = { retriable: error.retriable, cause: error.cause };
  for (const name of FACTS) {
    if (error[name] !== undefined) details[name] = error[name];
  }
  return details;
}
