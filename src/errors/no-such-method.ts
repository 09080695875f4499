import { KafkaError } from "./kafka-error.ts";

/**
 * A base class whose prototype has methods that other clients have and this one does not. Its type shows no members.
 * Each method throws kind `config` with advice, where the engine would only say that it is not a function. Do not add
 * names by which frameworks recognise an object: `then`, `on`, `pipe`, `stop`.
 */
export function noSuchMethods(what: string, methods: Readonly<Record<string, string>>): new () => object {
  const NoSuchMethods = class {};
  for (const [name, advice] of Object.entries(methods)) {
    const value = (): never => {
      throw new KafkaError("config", `${what} has no method ${name}(): ${advice}`);
    };
    Object.defineProperty(NoSuchMethods.prototype, name, { value, configurable: true, writable: true });
  }
  return NoSuchMethods;
}

/** Advice for methods such as `connect()`. */
export const CONNECTS: string = "connections are opened when they are needed; leave this call out";
/** Advice for methods such as `disconnect()`. */
export const CLOSES: string = "close() ends it";
