import type { Kafka } from "../kafka.ts";
import type { World } from "../simulation/world.ts";

/** Options of all scenarios of the client. */
export interface ClientScenarioOptions {
  /** Called before the run begins, to refuse requests or change the cluster. Default: nothing. */
  readonly plant?: (world: World) => void;
  /** Replaces the tested client with a copy that has a planted bug. @internal */
  readonly Client?: typeof Kafka;
}
