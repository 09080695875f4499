import { KafkaJSConnectionError } from "../errors/connection-errors.ts";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";
import type { Brokers } from "./kafka-config.ts";

/** The addresses of `brokers`; a function is called. Rejects with kafkajs's errors for anything else. */
export async function brokerAddresses(brokers: Brokers | null | undefined): Promise<readonly string[]> {
  const list: unknown = typeof brokers === "function" ? await called(brokers) : brokers;
  if (list === undefined || list === null) throw unusable("brokers should not be null");
  if (!Array.isArray(list))
    throw unusable(`brokers should be an array of "host:port", or a function that returns one, not ${typeof list}`);
  if (list.length === 0) throw unusable("brokers array is empty");
  return list.map((address: unknown, index) => {
    if (typeof address === "string" && address !== "") return address;
    throw unusable(`broker at index ${index} is invalid "${typeof address}"`);
  });
}

async function called(brokers: Exclude<Brokers, readonly string[]>): Promise<unknown> {
  try {
    return await brokers();
  } catch (error) {
    const { message = String(error), stack = message } = (error ?? {}) as Partial<Error>;
    const wrapped = new KafkaJSConnectionError(`Failed to connect: "config.brokers" threw: ${message}`);
    wrapped.stack = `${wrapped.name}\n  Caused by: ${stack}`;
    throw wrapped;
  }
}

function unusable(text: string): KafkaJSNonRetriableError {
  return new KafkaJSNonRetriableError(`Failed to connect: ${text}`);
}
