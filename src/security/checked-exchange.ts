import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { isBytes } from "../wire/is-bytes.ts";
import type { SaslBroker, SaslExchange, SaslMechanism, SaslStep } from "./mechanism.ts";
import { brokenExchange, refusal } from "./refusal.ts";

/** Kafka's mechanisms need at most three answers. A broker must not keep a client busy for ever. */
const MOST_ANSWERS = 16;
/** The limit of Kafka's brokers for the client's side (`sasl.server.max.receive.size`). */
const LONGEST_CHALLENGE = 524_288;

/**
 * One authentication by a mechanism, also one of the user, within limits. Its methods reject with a KafkaError only.
 * After a failure or the end it accepts no more answers.
 */
export function checkedExchange(
  mechanism: SaslMechanism,
  broker: SaslBroker,
): SaslExchange & Required<Pick<SaslExchange, "refused">> {
  const { name } = mechanism;
  const inner = asKafkaErrors(name, () => mechanism.exchange(broker));
  if (!isExchange(inner))
    throw new KafkaError(
      "config",
      `exchange() of the SASL mechanism ${name} must return an object with begin and next`,
    );
  let answers = 0;
  let isOver = false;
  return {
    get principal() {
      const principal: unknown = asKafkaErrors(name, () => inner.principal);
      if (principal === undefined || typeof principal === "string") return principal;
      throw new KafkaError("config", `principal of the SASL mechanism ${name} must be a string or undefined`);
    },
    begin: async (nowMs, signal) => {
      const bytes: unknown = await awaited(name, () => inner.begin(nowMs, signal));
      if (!isBytes(bytes)) throw new KafkaError("config", `the SASL mechanism ${name} must begin with a Uint8Array`);
      return bytes;
    },
    next: async (challenge) => {
      if (isOver) throw brokenExchange(name, "the broker sent an answer after the end of the exchange");
      isOver = true; // until the step says otherwise, so that an error ends the exchange
      if (++answers > MOST_ANSWERS) throw brokenExchange(name, `there is no end after ${MOST_ANSWERS} answers`);
      if (challenge.length > LONGEST_CHALLENGE)
        throw brokenExchange(name, `the broker's answer is longer than ${LONGEST_CHALLENGE} bytes`);
      const step: unknown = await awaited(name, () => inner.next(challenge));
      if (!isStep(step))
        throw new KafkaError("config", `next() of the SASL mechanism ${name} must return a step: send, done or failed`);
      isOver = step.kind !== "send";
      return step;
    },
    refused: (text) => {
      isOver = true;
      const error: unknown = asKafkaErrors(name, () => inner.refused?.(text));
      if (KafkaError.is(error)) return error;
      const code = ErrorCode.SASL_AUTHENTICATION_FAILED;
      return refusal(text, { mechanism: name, user: inner.principal, secrets: [], code });
    },
  };
}

function isExchange(value: unknown): boolean {
  const { begin, next } = (value ?? {}) as Partial<Record<keyof SaslExchange, unknown>>;
  return typeof begin === "function" && typeof next === "function";
}

function isStep(value: unknown): value is SaslStep {
  const { kind, bytes, error } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (kind === "send") return isBytes(bytes);
  return kind === "done" || (kind === "failed" && KafkaError.is(error) && (bytes === undefined || isBytes(bytes)));
}

async function awaited<T>(name: string, call: () => T | PromiseLike<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw converted(name, error);
  }
}

function asKafkaErrors<T>(name: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw converted(name, error);
  }
}

function converted(name: string, error: unknown): KafkaError {
  return KafkaError.from(error, "authentication", `the SASL mechanism ${name} failed`);
}
