import type { AssignorContext } from "./assignor.ts";

/**
 * A computation that yields wherever the host may have a turn. Between two yields it works for a millisecond at most.
 */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Runs all steps without a pause. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Runs all steps, and gives the host a turn whenever one is due. Returns a promise only if there was a turn. */
export function inTurns<T>(steps: Steps<T>, context: AssignorContext): T | Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    const turn = context.giveTurn();
    if (turn !== undefined) return afterTurn(turn, steps, context);
  }
}

async function afterTurn<T>(turn: PromiseLike<void>, steps: Steps<T>, context: AssignorContext): Promise<T> {
  await turn;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    const next = context.giveTurn();
    if (next !== undefined) await next;
  }
}
