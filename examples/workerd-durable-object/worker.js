// A Durable Object that takes orders by HTTP, writes them to Kafka, and counts what the shop has answered:
//   POST /orders with a text      writes a record, and returns its partition and offset
//   GET /answers                  the number of records that the consumer has read from the topic `answers`
// All requests of the object share one client. docs/workerd.md explains why a plain Worker cannot keep one.
import { DurableObject } from "cloudflare:workers";
import { Kafka, string } from "odradek";

export class Shop extends DurableObject {
  #kafka = new Kafka({ bootstrapServers: this.env.BOOTSTRAP });
  #producer = this.#kafka.producer();
  #answers = 0;
  #reading;

  async fetch(request) {
    this.#reading ??= this.#read();
    const { pathname } = new URL(request.url);
    if (request.method === "GET" && pathname === "/answers") return Response.json({ answers: this.#answers });
    if (request.method !== "POST" || pathname !== "/orders") return new Response("not found", { status: 404 });
    try {
      const { partition, offset } = await this.#producer.send({ topic: "orders", value: await request.text() });
      return Response.json({ partition, offset });
    } catch (error) {
      return new Response(`cannot write the order: ${error.message}`, { status: 503 });
    }
  }

  /** Reads while the object lives. The next request starts it again if it has failed. */
  async #read() {
    const topics = ["answers"];
    const consumer = this.#kafka.consumer({ topics, groupId: "shop", startOffset: "earliest", value: string() });
    try {
      for await (const { value } of consumer) if (value !== null) this.#answers++;
    } catch (error) {
      console.error("cannot read answers:", error);
      this.#reading = undefined;
    } finally {
      await consumer.close().catch(() => undefined);
    }
  }
}

export default {
  fetch: (request, env) => env.Shop.get(env.Shop.idFromName("the only one")).fetch(request),
};
