import type { KafkaBaseOptions } from "../index.ts";
import { Kafka } from "../kafka.ts";
import type { Scenario } from "../simulation/scenario.ts";
import type { SimulatedNode } from "../simulation/simulated-node.ts";
import type { SimulatedRuntime } from "../simulation/simulated-runtime.ts";
import type { World } from "../simulation/world.ts";
import type { ClientScenarioOptions } from "./client-scenario-options.ts";

/** A scenario of the client, without the parts that all of them share. */
export interface ClientScenario extends Omit<Scenario, "run" | "brokers"> {
  /** `Client` is the client to test. */
  readonly run: (world: World, Client: typeof Kafka) => Promise<void>;
}

/** The set-up that all scenarios of the client share: three brokers, what the caller plants, and the client to test. */
export function clientScenario(options: ClientScenarioOptions, { run, ...settings }: ClientScenario): Scenario {
  const { plant, Client = Kafka } = options;
  return {
    brokers: 3,
    ...settings,
    run: async (world) => {
      plant?.(world);
      await run(world, Client);
    },
  };
}

/** A client on a node: by default not the one to test, for the parts of a scenario that write and verify. */
export function clientOn(
  node: SimulatedNode,
  options: KafkaBaseOptions = {},
  Client: typeof Kafka = Kafka,
): Kafka<SimulatedRuntime> {
  return new Client<SimulatedRuntime>({ ...node.kafkaOptions, ...options }, node.platform);
}
