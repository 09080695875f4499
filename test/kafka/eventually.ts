import { setTimeout } from "node:timers/promises";

const TRIES = 400;
const PAUSE_MS = 50;

/**
 * Asks until the answer is as expected, and returns it; the last one if it never is, so that an assertion can show it.
 * Kafka acknowledges a change of the metadata before the nodes that are asked for it, the active controller among them,
 * have applied it.
 */
export async function eventually<T>(ask: () => Promise<T>, isExpected: (answer: T) => boolean): Promise<T> {
  for (let tried = 1; ; tried++) {
    const answer = await ask();
    if (isExpected(answer) || tried === TRIES) return answer;
    await setTimeout(PAUSE_MS);
  }
}
