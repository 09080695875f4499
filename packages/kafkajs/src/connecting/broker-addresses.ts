import { KafkaJSConnectionError } from "../errors/connection-errors.ts";
import { KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";
import type { Brokers } from "./kafka-config.ts";

/** The addresses of `brokers`; a function is called. Rejects with kafkajs's errors for anything else. */
export async function brokerAddresses(brokers: Brokers | null | undefined): Promise<readonly string[]> {
  const list: unknown = typeof brokers === "function" ? await called(brokers) : brokers;
  if (list === undefined || list === null)
    throw new KafkaJSNonRetriableError("Failed to connect: brokers should not be null");
  const addresses = list as readonly unknown[];
  if (addresses.length === 0) throw new KafkaJSNonRetriableError("Failed to connect: brokers array is empty");
  return addresses.map((address, index) => {
    if (typeof address === "string" && address !== "") return address;
    throw new KafkaJSNonRetriableError(`Failed to connect: broker at index ${index} is invalid "${typeof address}"`);
  });
}

async function called(brokers: Exclude<Brokers, readonly string[]>): Promise<unknown> {
  try {
    return await brokers();
  } catch (error) {
    const { message = String(error) } = (error ?? {}) as { readonly message?: string };
    throw new KafkaJSConnectionError(`Failed to connect: "config.brokers" threw: ${message}`);
  }
}
