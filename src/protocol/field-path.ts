import { KafkaError, detailsOf } from "../errors/kafka-error.ts";

/**
 * An error on its way up through a message; each level adds its step to the path. It costs nothing unless something
 * fails.
 */
export class FieldError extends Error {
  override readonly cause: KafkaError;
  readonly path: string;

  constructor(cause: KafkaError, path: string) {
    super(cause.message);
    this.cause = cause;
    this.path = path;
  }
}

/** The error with one more step, `.name` or `[index]`, at the front of its path. */
export function within(error: unknown, step: string): FieldError {
  return error instanceof FieldError
    ? new FieldError(error.cause, step + error.path)
    : new FieldError(KafkaError.from(error, "protocol"), step);
}

/** The error as users see it, with the message's name and version and the path of the field. */
export function located(error: unknown, name: string, version: number): KafkaError {
  const found = error instanceof FieldError ? error : new FieldError(KafkaError.from(error, "protocol"), "");
  const path = name + found.path;
  return new KafkaError(found.cause.kind, `${path} (version ${version}): ${found.cause.message}`, {
    ...detailsOf(found.cause),
    path,
  });
}
