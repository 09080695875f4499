// A service that reads orders and charges for them, in two versions. One of them forgets to charge.
import type { Consumer } from "odradek";

/** Takes the money for an order; charging twice for one order does no harm, the bank knows its number. */
export type Charge = (order: string) => Promise<void>;

const text = (value: Uint8Array | null): string => new TextDecoder().decode(value ?? undefined);

/**
 * Commits first: an order that is committed is never read again, so nothing is charged twice. And every test on a good
 * day passes.
 */
export async function commitsFirst(consumer: Consumer, charge: Charge): Promise<void> {
  for await (const { topic, partition, offset, value } of consumer) {
    await consumer.commit([{ topic, partition, offset: offset + 1 }]);
    await charge(text(value));
  }
}

/** Charges first, and commits what is done: what was in hand in a crash is charged for again. */
export async function chargesFirst(consumer: Consumer, charge: Charge): Promise<void> {
  for await (const { topic, partition, offset, value } of consumer) {
    await charge(text(value));
    await consumer.commit([{ topic, partition, offset: offset + 1 }]);
  }
}
