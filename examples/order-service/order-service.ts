// A service that takes orders and writes them to a topic, in two versions. One of them loses orders.
import type { Producer } from "odradek";

/** What the service answers its caller. */
export type Answer = "confirmed" | "refused";

/** Takes orders. `confirmed` is a promise: the order will be carried out. */
export interface OrderService {
  placeOrder(order: string): Promise<Answer>;
}

/** Answers as soon as the producer has the record: quick, and every test on a good day passes. */
export function answersEarly(producer: Producer, log: (text: string) => void): OrderService {
  return {
    placeOrder: (order) => {
      producer
        .send({ topic: "orders", key: order, value: order })
        .catch((error: unknown) => log(`${order} was not written: ${String(error)}`));
      return Promise.resolve("confirmed");
    },
  };
}

/** Answers when the brokers have the record. */
export function answersWhenWritten(producer: Producer, log: (text: string) => void): OrderService {
  return {
    placeOrder: async (order) => {
      try {
        await producer.send({ topic: "orders", key: order, value: order });
        return "confirmed";
      } catch (error) {
        log(`${order} was not written: ${String(error)}`);
        return "refused";
      }
    },
  };
}
