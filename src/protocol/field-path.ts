import { KafkaError, detailsOf } from "../errors/kafka-error.ts";

/** An error on its way up through a message, which collects where it was. Costs nothing where nothing fails. */
export class FieldError extends Error {
  override readonly cause: KafkaError;
  readonly path: string;

  constructor(cause: KafkaError, path: string) {
    super(cause.message);
    this.cause = cause;
    this.path = path;
  }
}

/** The error with one more step of its path, `.name` or `[index]`, before what it has. */
export function within(error: unknown, step: string): FieldError {
  return error instanceof FieldError
    ? new FieldError(error.cause, step + error.path)
    : new FieldError(KafkaError.from(error, "protocol"), step);
}

/** The error as users see it: with the message's name, its version and the path of the field. */
export function located(error: unknown, name: string, version: number): KafkaError {
  const found = error instanceof FieldError ? error : new FieldError(KafkaError.from(error, "protocol"), "");
  const path = name + found.path;
  return new KafkaError(found.cause.kind, `${path} (version ${version}): ${found.cause.message}`, {
    ...detailsOf(found.cause),
    path,
  });
}
