import { turn } from "../runtime/sleep.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import type { ClusterState } from "./handler.ts";
import type { Moved } from "./state/coordinators.ts";

/** Other brokers have become coordinators. They load the state for some turns, then continue unfinished work. */
export function coordinatorsMoved(
  { coordinators, groupCoordinator, transactionCoordinator, runtime }: ClusterState,
  tasks: TaskGroup,
  all: readonly Moved[],
): void {
  if (all.length === 0) return;
  for (const { kind, partition } of all) if (kind === "group") groupCoordinator.moved(partition);
  tasks.spawn(async () => {
    await turn(runtime);
    for (const moved of all)
      if (coordinators.loaded(moved))
        (moved.kind === "group" ? groupCoordinator : transactionCoordinator).loaded(moved.partition);
  });
}
