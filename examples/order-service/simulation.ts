// The order service under the simulator. What must hold: an order that was confirmed to its caller is in the topic.
//
//   npx odradek simulate --scenario ./simulation.js            finds nothing
//   npx odradek simulate --scenario ./simulation.js#early      finds a lost order, and says how to play it again
import { Kafka, type Producer } from "odradek";
import type { Scenario, World } from "odradek/simulation";
import { type OrderService, answersEarly, answersWhenWritten } from "./order-service.ts";

type MakeService = (producer: Producer, log: (text: string) => void) => OrderService;

const ORDERING_MS = 10_000;

function orders(makeService: MakeService): Scenario {
  return {
    brokers: 3,
    topics: { orders: 2 },
    faults: {
      untilMs: ORDERING_MS,
      kinds: ["crash", "partition", "reset", "broker-down", "leader-move", "lost-reply"],
    },
    run: (world) => simulateOrders(world, makeService),
  };
}

async function simulateOrders(world: World, makeService: MakeService): Promise<void> {
  const confirmed = new Map<string, number>();
  let service: OrderService | undefined;

  // What runs on a node begins anew after a crash. The client is the node's: its time, its network, its randomness.
  const shop = world.node("shop");
  shop.start((node) => {
    const kafka = new Kafka({ ...node.kafkaOptions });
    const producer = kafka.producer({ lingerMs: 20, deliveryTimeoutMs: 120_000 });
    service = makeService(producer, (text) => node.note(text));
    return Promise.resolve();
  });

  // The callers: they order, and keep what was confirmed to them.
  const random = world.random("callers");
  for (let i = 1; world.nowMs < ORDERING_MS; i++) {
    const order = `order-${i}`;
    if (shop.isUp) {
      void service?.placeOrder(order).then((answer) => {
        if (answer === "confirmed") confirmed.set(order, world.nowMs);
        shop.note(`${order} ${answer}`);
      });
    }
    await world.sleep(random.between(20, 200));
  }

  await world.healed(); // the last fault is over
  await world.sleep(130_000); // and every send has come to its end
  const written = await readOrders(world);
  for (const [order, atMs] of confirmed)
    if (!written.has(order))
      world.violate("confirmed-orders-are-kept", `${order} was confirmed to its caller, and is not in the topic`, {
        atMs,
        node: "shop",
      });
}

/** All that is in the topic, as a client reads it that no fault has met. */
async function readOrders(world: World): Promise<ReadonlySet<string>> {
  let left = 0;
  for (const { topic, partitions } of world.cluster.snapshot().topics)
    for (const { highWatermark } of partitions) left += topic === "orders" ? highWatermark : 0;
  const found = new Set<string>();
  const kafka = new Kafka({ ...world.node("auditor").kafkaOptions });
  if (left > 0) {
    for await (const { value } of kafka.consumer({ topics: ["orders"] })) {
      found.add(new TextDecoder().decode(value ?? undefined));
      if (--left === 0) break;
    }
  }
  await kafka.close();
  return found;
}

/** Answers when the order is written. */
export const scenario: Scenario = orders(answersWhenWritten);
/** Answers before. */
export const early: Scenario = orders(answersEarly);
