import type { Kafka } from "../kafka.ts";
import type { World } from "../simulation/world.ts";

/** The options that all scenarios of the client have. */
export interface ClientScenarioOptions {
  /** Is called before anything begins: to refuse requests, or to change the cluster. Default: nothing is done. */
  readonly plant?: (world: World) => void;
  /** In place of the client that is under test: a copy with a planted bug. @internal */
  readonly Client?: typeof Kafka;
}
