import { inWords } from "./words.ts";

/**
 * What went wrong, as a closed list. `broker` carries the broker's error code; `abortable` means: abort the
 * transaction and go on; `fenced` means: another instance took this one's place, close it.
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

/**
 * What is known of something that was sent: `notWritten` never reached a log, `written` did, `indefinite` may have.
 */
export type Outcome = "notWritten" | "written" | "indefinite";

/** Facts that an error carries beside its message; each is present only where it is known. */
export interface KafkaErrorDetails {
  /** The broker's error code, for example 3. */
  readonly code?: number;
  /** The broker's name for the code, for example `UNKNOWN_TOPIC_OR_PARTITION`. */
  readonly codeName?: string;
  /** Whether the same call may succeed if it is made again. Default false. */
  readonly retriable?: boolean;
  /** Whether the broker wrote what was sent; undefined where nothing was sent. */
  readonly outcome?: Outcome;
  /** What was thrown first: the error of the host, or of code of the application. */
  readonly cause?: unknown;
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
  /** `host:port` of the broker, where one was involved. */
  readonly address?: string;
  /** The path of the field in a protocol message, for example `FetchResponse.responses[0].partitions`. */
  readonly path?: string;
}

/**
 * The details that an error has as fields of its own, where they are known: one that is printed shows no empty ones.
 */
const FACTS = ["code", "codeName", "outcome", "topic", "partition", "offset", "address", "path"] as const;
const BRAND: unique symbol = Symbol.for("odradek.KafkaError") as never;

/**
 * The one error family of Odradek. Its message says what was tried, where, and what to do; `kind` is for code to branch
 * on.
 *
 * Use {@link KafkaError.is} instead of `instanceof`: it also knows errors of another copy of the package, or another
 * realm.
 */
export class KafkaError extends Error {
  /** Always `"KafkaError"`. */
  override readonly name: string = "KafkaError";
  /** What went wrong, for code to branch on. */
  readonly kind: KafkaErrorKind;
  /** Whether the same call may succeed if it is made again. */
  readonly retriable: boolean;
  /** The broker's error code, for example 3. Undefined where no broker answered with an error. */
  declare readonly code: number | undefined;
  /** The broker's name for the code, for example `UNKNOWN_TOPIC_OR_PARTITION`. */
  declare readonly codeName: string | undefined;
  /** What is known of the records or offsets that were sent. Undefined where nothing was sent. */
  declare readonly outcome: Outcome | undefined;
  /** The topic that it is about, where it is about one. */
  declare readonly topic: string | undefined;
  /** The partition that it is about, where it is about one. */
  declare readonly partition: number | undefined;
  /** The offset of the record or batch that it is about, where it is about one. */
  declare readonly offset: number | undefined;
  /** `host:port` of the broker, where one was involved. */
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

  /** Whether a value is a KafkaError, of this copy of the package or another. */
  static is(value: unknown): value is KafkaError {
    try {
      return typeof value === "object" && value !== null && BRAND in value;
    } catch {
      return false; // a proxy that throws
    }
  }

  /**
   * The only converter: a KafkaError as it is, anything else as the cause of a new one of kind `kind` (default
   * `internal`).
   */
  static from(value: unknown, kind: KafkaErrorKind = "internal", what?: string): KafkaError {
    if (KafkaError.is(value)) return value;
    const text = messageOf(value) ?? (typeof value === "string" ? value : inWords(value));
    return new KafkaError(kind, what === undefined ? text : `${what}: ${text}`, { cause: value });
  }
}

/**
 * The message of an error, also of another realm: in a test runner's sandbox the host's errors are no instances of
 * `Error`.
 */
function messageOf(value: unknown): string | undefined {
  try {
    if (Object.prototype.toString.call(value) !== "[object Error]" && !(value instanceof Error)) return undefined;
    const { message } = value as Error;
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined; // anything may be thrown, also a proxy that throws
  }
}

/** The details of an error, to make another from it with some of them changed. */
export function detailsOf(error: KafkaError): KafkaErrorDetails {
  const details: Record<string, unknown> = { retriable: error.retriable, cause: error.cause };
  for (const name of FACTS) {
    if (error[name] !== undefined) details[name] = error[name];
  }
  return details;
}
