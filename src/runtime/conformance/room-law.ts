import { type Bench, type Finding, must } from "./law.ts";
import { until } from "./waits.ts";

const TASKS = 300;

/**
 * Law S11, for runtimes that run only a few tasks at once. The client needs one at a time: each task that it passes
 * ends in the turn in which it starts. So a runtime needs no more than one place, but it must give each place back,
 * also when a task took several turns.
 */
export async function roomForTheNext(bench: Bench): Promise<Finding> {
  let [called, running, most] = [0, 0, 0];
  const ended = (): void => {
    running--;
  };
  const task = async (i: number): Promise<void> => {
    called++;
    most = Math.max(most, ++running);
    for (let turn = 0; turn < i % 3; turn++) await bench.sleep(1);
    ended();
  };
  const thenable = (i: number): PromiseLike<void> => {
    const work = task(i);
    return { then: (done, failed) => work.then(done, failed) };
  };
  for (let i = 0; i < TASKS; i++) bench.runtime.spawn(() => (i % 4 === 3 ? thenable(i) : task(i)));
  await until(bench, () => called >= TASKS, { progress: () => called - running });
  if (called < TASKS) {
    const lost = TASKS - called;
    must(!(await runsAnother(bench)), `${lost} of ${TASKS} tasks were never called, though one that came later was`);
    must(
      false,
      `${called} of ${TASKS} tasks were called, at most ${most} at once: the others found no room` +
        (called > running ? `, though ${called - running} had ended` : ""),
    );
  }
  return most < TASKS / 2 ? `runs at most ${most} task${most === 1 ? "" : "s"} at once; the client needs 1` : undefined;
}

/** Whether a task that is spawned now is called. */
async function runsAnother(bench: Bench): Promise<boolean> {
  let ran = 0;
  for (let i = 0; i < 5; i++) {
    bench.runtime.spawn(async () => {
      ran++;
    });
  }
  return until(bench, () => ran > 0);
}
