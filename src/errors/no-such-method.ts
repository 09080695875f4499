import { KafkaError } from "./kafka-error.ts";

/**
 * A base class without members in its type, whose prototype has methods that other clients have and this
 * one has not. Each throws kind `config`, and says what to do, where the engine would say that it is no
 * function. No name is in here by which frameworks recognise an object: `then`, `on`, `pipe`, `stop`.
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

/** Advice that more than one client gives. */
export const CONNECTS: string = "connections open when they are needed; leave the call out";
export const CLOSES: string = "close() ends it";
