// The payment service under the simulator: two instances in one group. What must hold: every order in the topic is
// charged for.
//
//   npx odradek simulate --scenario ./simulation.js                  finds nothing
//   npx odradek simulate --scenario ./simulation.js#forgetful finds an order that nobody charges for, and says how to
//   play it again
import { type Consumer, Kafka, KafkaError } from "odradek";
import type { Scenario, SimulatedNode, World } from "odradek/simulation";
import { type Charge, chargesFirst, commitsFirst } from "./payment-service.ts";

type Service = (consumer: Consumer, charge: Charge) => Promise<void>;

const ORDERING_MS = 10_000;
const ORDERS_EVERY_MS = 50;

function payments(service: Service): Scenario {
  return {
    brokers: 3,
    topics: { orders: 4 },
    faults: {
      untilMs: ORDERING_MS,
      kinds: ["crash", "partition", "reset", "broker-down", "leader-move", "lost-reply"],
    },
    run: (world) => simulatePayments(world, service),
  };
}

async function simulatePayments(world: World, service: Service): Promise<void> {
  const charged = new Set<string>();

  // What runs on a node begins anew after a crash: the bank is not a node's, and remembers.
  for (const name of ["till-1", "till-2"]) {
    world.node(name).start((node) => {
      const kafka = new Kafka({ ...node.kafkaOptions });
      const charge: Charge = async (order) => {
        await node.sleep(60); // the bank takes its time
        charged.add(order);
        node.note(`${order} charged`);
      };
      return serve(node, kafka, service, charge);
    });
  }

  // The shop: orders come in and are written, and it remembers which of them surely were, and when.
  const written = new Map<string, number>();
  let count = 0;
  world.node("shop").start(async (node) => {
    const producer = new Kafka({ ...node.kafkaOptions }).producer();
    while (world.nowMs < ORDERING_MS) {
      const order = `order-${++count}`;
      const kept = (): void => void written.set(order, world.nowMs);
      producer.send({ topic: "orders", key: order, value: order }).then(kept, () => node.note(`${order} was refused`));
      await node.sleep(ORDERS_EVERY_MS);
    }
  });

  await world.sleep(ORDERING_MS);
  await world.healed(); // the last fault is over
  await world.sleep(60_000); // and everything has been read, also what a member had that is gone
  for (const [order, atMs] of written)
    if (!charged.has(order))
      world.violate("every-order-is-charged", `${order} is in the topic, and nobody has charged for it`, { atMs });
}

/** For ever: a commit that the group refuses ends a loop, and its records are read again by whoever has them now. */
async function serve(
  node: SimulatedNode,
  kafka: Kafka<SimulatedNode["runtime"]>,
  service: Service,
  charge: Charge,
): Promise<void> {
  const consumer = kafka.consumer({
    groupId: "payments",
    topics: ["orders"],
    enableAutoCommit: false,
    groupProtocol: "classic",
    sessionTimeoutMs: 6000,
    heartbeatIntervalMs: 1000,
  });
  for (;;) {
    try {
      await service(consumer, charge);
    } catch (error) {
      node.note(KafkaError.is(error) ? error.message : String(error));
      await node.sleep(100);
    }
  }
}

/** Charges first. */
export const scenario: Scenario = payments(chargesFirst);
/** Commits first. */
export const forgetful: Scenario = payments(commitsFirst);
