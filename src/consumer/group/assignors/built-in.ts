import type { Assignor, AssignorContext, AssignorBasis, GroupAssignment } from "./assignor.ts";
import { type Steps, atOnce, inTurns } from "./steps.ts";

/** An assignor of this library: synchronous without a context; with one it gives the host turns. */
export interface BuiltInAssignor extends Assignor {
  assign(input: AssignorBasis): GroupAssignment;
  assign(input: AssignorBasis, context: AssignorContext | undefined): GroupAssignment | Promise<GroupAssignment>;
}

/** Makes an assignor of a computation in steps. */
export function builtIn(
  description: Omit<Assignor, "assign">,
  steps: (input: AssignorBasis) => Steps<GroupAssignment>,
): BuiltInAssignor {
  function assign(input: AssignorBasis): GroupAssignment;
  function assign(
    input: AssignorBasis,
    context: AssignorContext | undefined,
  ): GroupAssignment | Promise<GroupAssignment>;
  function assign(input: AssignorBasis, context?: AssignorContext): GroupAssignment | Promise<GroupAssignment> {
    return context === undefined ? atOnce(steps(input)) : inTurns(steps(input), context);
  }
  return Object.freeze({ ...description, assign });
}
