import { KafkaError } from "../errors/kafka-error.ts";

/** A text, or a function that returns it. A function is called at each authentication, so that secrets can rotate. */
export type Credential = string | (() => string | PromiseLike<string>);

/**
 * The current value of a credential. It is a promise only if its function returned one. Throws kind `connection` if
 * the function throws, so that the next attempt calls it again; kind `config` if the result is not a text.
 */
export function readCredential(credential: Credential, path: string): string | Promise<string> {
  if (typeof credential === "string") return checked(credential, path);
  let value: unknown;
  try {
    value = credential();
  } catch (error) {
    throw failed(path, error);
  }
  if (typeof value === "string") return checked(value, path);
  if (!isThenable(value)) return checked(value, path);
  return Promise.resolve(value).then(
    (text) => checked(text, path),
    (error: unknown) => {
      throw failed(path, error);
    },
  );
}

/** The current name and password of a user. They are a promise only if a function returned one. */
export function readUser(user: {
  readonly username: Credential;
  readonly password: Credential;
}): readonly [username: string, password: string] | Promise<readonly [username: string, password: string]> {
  const username = readCredential(user.username, "sasl: username");
  // If the password's function throws, nothing awaits the name, and its rejection would end the process.
  if (typeof username !== "string") username.catch(() => undefined);
  const password = readCredential(user.password, "sasl: password");
  return typeof username === "string" && typeof password === "string"
    ? [username, password]
    : Promise.all([username, password]);
}

/** Whether a value can be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === "function";
}

function checked(value: unknown, path: string): string {
  if (typeof value !== "string") throw new KafkaError("config", `the function ${path} must return a string`);
  if (value === "") throw new KafkaError("config", `${path} is empty`);
  return value;
}

function failed(path: string, cause: unknown): KafkaError {
  // A KafkaError of the function keeps its kind: it may say that retrying cannot help.
  if (KafkaError.is(cause)) return cause;
  return new KafkaError("connection", `the function ${path} failed; it is called again at the next attempt`, {
    cause,
    retriable: true,
  });
}
