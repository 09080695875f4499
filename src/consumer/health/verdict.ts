import type { KafkaError } from "../../errors/kafka-error.ts";

/** Something that has gone on for some time. */
export interface Lasting {
  /** The beginning of a sentence; its end is "for 300000 ms". */
  readonly what: string;
  /** Since when it is known to go on (monotonic ms). */
  readonly sinceMs: number;
  /** A text after the time, for example the last error. */
  readonly more?: string | undefined;
}

/** The facts about a consumer. */
export interface HealthFacts {
  readonly isClosing: boolean;
  /** The member has failed, or an error of reading waits for a loop. */
  readonly fatal: KafkaError | undefined;
  /** The member left its group because the application did not ask for records. */
  readonly isAway: boolean;
  /** The application is busy or gone: loops without progress, hooks and serdes that run, no loop. */
  readonly busy: readonly Lasting[];
  /** The cluster does not answer. */
  readonly unreachable: readonly Lasting[];
}

/** The limits of a verdict, in ms. */
export interface HealthLimits {
  readonly stuckAfterMs: number;
  readonly unreachableAfterMs: number;
}

/** Whether the application is stuck, and all reasons why the consumer is not healthy. */
export interface Verdict {
  readonly isStuck: boolean;
  readonly reasons: readonly string[];
}

/** Decides whether a consumer is healthy. */
export function verdictOn(facts: HealthFacts, nowMs: number, limits: HealthLimits): Verdict {
  if (facts.isClosing) return { isStuck: false, reasons: ["the consumer was closed"] };
  const { fatal, isAway, busy, unreachable } = facts;
  const stuck = [
    ...(fatal === undefined ? [] : [`the consumer cannot go on: ${fatal.message}`]),
    ...(isAway ? ["the member has left its group, because the application did not ask for records"] : []),
    ...lasting(busy, nowMs, limits.stuckAfterMs),
  ];
  return {
    isStuck: stuck.length > 0,
    reasons: [...stuck, ...lasting(unreachable, nowMs, limits.unreachableAfterMs)],
  };
}

function lasting(all: readonly Lasting[], nowMs: number, limitMs: number): readonly string[] {
  return all.flatMap(({ what, sinceMs, more }) => {
    const forMs = nowMs - sinceMs;
    if (forMs < limitMs) return [];
    return [`${what} for ${Math.floor(forMs)} ms (limit ${limitMs} ms)${more === undefined ? "" : `: ${more}`}`];
  });
}
