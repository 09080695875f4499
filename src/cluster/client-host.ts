import type { KafkaError } from "../errors/kafka-error.ts";
import { DeadlineWheel } from "../runtime/deadline-wheel.ts";
import { GuardedRuntime } from "../runtime/guarded-runtime.ts";
import { KeepAlive } from "../runtime/keep-alive.ts";
import { TaskGroup } from "../runtime/task-group.ts";
import type { ClientKind } from "./client-name.ts";
import type { Cluster } from "./cluster.ts";

/** The parts of one client that start tasks and measure time. */
export interface ClientHost {
  readonly runtime: GuardedRuntime;
  readonly tasks: TaskGroup;
  readonly deadlines: DeadlineWheel;
  readonly alive: KeepAlive;
}

/** Makes these parts. `broken` is called once if the runtime breaks; see {@link GuardedRuntime}. */
export function clientHost(cluster: Cluster, kind: ClientKind, broken: (error: KafkaError) => void): ClientHost {
  const { clock, runtime: given } = cluster.options;
  const runtime = new GuardedRuntime(given, clock, broken);
  const deadlines = new DeadlineWheel({ runtime, clock });
  runtime.watchBy(deadlines);
  const tasks = new TaskGroup(runtime, (error) =>
    cluster.log("error", `a background task of the ${kind} failed: ${error.message}`, { kind: error.kind }),
  );
  return { runtime, tasks, deadlines, alive: new KeepAlive(runtime) };
}
