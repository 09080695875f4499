/** The first argument of a constructor: a text, or an error that lends its message and help page. */
export type Told = unknown;

/** The options of a {@link KafkaJSError}. */
export interface KafkaJSErrorOptions {
  readonly retriable?: boolean | undefined;
  readonly cause?: unknown;
}

/** The class of every error of kafkajs but two. Own enumerable members: `name`, `retriable`, `helpUrl`. */
export class KafkaJSError extends Error {
  declare readonly retriable: boolean;
  declare readonly helpUrl: string | undefined;

  constructor(told: Told, { retriable = true, cause }: KafkaJSErrorOptions = {}) {
    super(told as string, { cause });
    Error.captureStackTrace(this, new.target);
    const { message, helpUrl } = (told ?? {}) as { readonly message?: string; readonly helpUrl?: string };
    // Without an argument kafkajs throws a TypeError, although its types allow that for some classes.
    this.message = message ?? (told as string | undefined) ?? "";
    named(this, "KafkaJSError");
    Object.assign(this, { retriable, helpUrl });
  }
}

/** An error that a repetition cannot heal. */
export class KafkaJSNonRetriableError extends KafkaJSError {
  constructor(told: Told, { cause }: Pick<KafkaJSErrorOptions, "cause"> = {}) {
    super(told, { retriable: false, cause });
    named(this, "KafkaJSNonRetriableError");
  }
}

/** The last error of a call after too many tries. */
export class KafkaJSNumberOfRetriesExceeded extends KafkaJSNonRetriableError {
  declare readonly retryCount: number;
  declare readonly retryTime: number;

  constructor(told: Told, { retryCount, retryTime }: { readonly retryCount: number; readonly retryTime: number }) {
    super(told, { cause: told });
    this.stack = `${this.name}\n  Caused by: ${(told as Error).stack}`;
    Object.assign(this, { retryCount, retryTime });
    named(this, "KafkaJSNumberOfRetriesExceeded");
  }
}

/** Sets the name as kafkajs does: an own, enumerable member, so that it is in JSON and in copies. */
export function named(error: Error, name: string): void {
  error.name = name;
}
