import type { CoordinatorKind } from "../../cluster/coordinators.ts";
import type { Route } from "../../cluster/routing/route.ts";
import type { Verdict } from "../../cluster/routing/verdict.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { AdminContext } from "../admin-context.ts";

const MOVED: readonly (number | undefined)[] = [ErrorCode.COORDINATOR_NOT_AVAILABLE, ErrorCode.NOT_COORDINATOR];

/**
 * The verdict on a group or a transactional id that its coordinator refused. `again`: more codes after which the same
 * coordinator is asked again. All others are final.
 */
export function coordinatorVerdict(error: KafkaError, again: readonly number[] = []): Verdict<never> {
  const { code = ErrorCode.NONE } = error;
  if (MOVED.includes(code)) return { then: "lookUp", error };
  return { then: code === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS || again.includes(code) ? "retry" : "fail", error };
}

/** The route to the coordinators of groups or transactional ids. `name` returns that of a key. */
export function coordinatorRoute<K>(
  { coordinators }: AdminContext,
  kind: CoordinatorKind,
  name: (key: K) => string,
): Route<K> {
  return { to: "coordinator", coordinators, kind, name };
}
