// One administration call, as the table test runs it: its arguments, and what a broker answers.
import type { Admin } from "../../../src/admin/admin.ts";
import type { AdminCalls } from "../../../src/admin/admin-calls.ts";
import { Listed } from "../../../src/admin/listed.ts";
import { Results } from "../../../src/admin/results.ts";
import { KafkaError } from "../../../src/errors/kafka-error.ts";
import type { Api } from "../../../src/protocol/schema.ts";
import type { Scripted } from "../scripted-brokers.ts";

/** Which brokers get the request of a call. */
export type RowRoute = "any" | "controller" | "leader" | "node" | "all" | "coordinator";

/**
 * Codes after which an item is sent again. "item": nothing was done, NOT_CONTROLLER and a quota; "leader" and
 * "coordinator": another broker has it, or this one is loading it; "retriable": those that the error table calls so.
 */
export type Again = "item" | "leader" | "coordinator" | "retriable";

/** The code of an item in an answer. Each call of it counts as one answer about the item. */
export type CodeOf = (name: string) => number;

export interface CallLimits {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A row of the table. */
export interface CallRow {
  readonly name: keyof AdminCalls;
  readonly route: RowRoute;
  /** The answers after which an item is sent again; without it there are none. */
  readonly again?: Again;
  /** All items have one broker. */
  readonly isOneBroker?: boolean;
  readonly api: Api<unknown, unknown>;
  /** The items: topics, groups, ids. The node of the first is 1, of the second 2. Without items: one answer. */
  readonly names: readonly string[];
  /** Calls the admin; see {@link outcomeOf}. */
  readonly run: (admin: Admin, names: readonly string[], limits: CallLimits) => PromiseLike<unknown>;
  readonly answer: (message: never, codeOf: CodeOf, nodeId: number) => unknown;
  /** The code for a name that does not exist. */
  readonly unknown?: number;
  /** Items that a quota refused are sent again. */
  readonly againWhenThrottled?: boolean;
  /** The answer has one code for all items. */
  readonly isOneCode?: boolean;
  /** The call asks another API of a broker without this one. */
  readonly asksOtherApi?: boolean;
}

/** A row, with the types of its API's messages. */
export function row<Req, Res>(
  one: Omit<CallRow, "api" | "answer" | "names"> & {
    readonly api: Api<Req, Res>;
    readonly names?: readonly string[];
    readonly answer: (message: Req, codeOf: CodeOf, nodeId: number) => Scripted<Res>;
  },
): CallRow {
  return { names: [], ...one };
}

/** How long a broker throttles a client whose quota is used up. */
export const THROTTLE_MS = 500;

export const ABC: readonly string[] = ["a", "b", "c"];

/** Partition 0 of a topic. */
export const place = (topic: string): { readonly topic: string; readonly partition: number } => ({
  topic,
  partition: 0,
});

/** The outcome of a call: the code of each item, or of the call; "ok" without an error. */
export async function outcomeOf(call: PromiseLike<unknown>): Promise<readonly string[]> {
  const word = (value: unknown): string => (KafkaError.is(value) ? (value.codeName ?? value.kind) : "ok");
  let result: unknown;
  try {
    result = await call;
  } catch (error) {
    if (!KafkaError.is(error)) throw error;
    return [word(error)];
  }
  if (result instanceof Results) return result.entries.map(([, value]) => word(value));
  if (!(result instanceof Listed)) return ["ok"];
  return result.errors.length === 0 ? ["ok"] : result.errors.map(({ nodeId, error }) => `${nodeId}: ${word(error)}`);
}
