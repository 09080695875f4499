import { type Bench, type Finding, type Law, must, start, whenElapsed } from "./law.ts";
import { settle, until } from "./waits.ts";

/** If a chain of delays gets this long before a timer of 1 ms fires, it would never end. */
const ENDLESS = 1_000_000;
/** A timer that is due must fire before this many turns have passed. One is enough on an idle host. */
const TURNS = 10_000;

/** D15 and D19: delays of 0 ms give the host its turns. */
export function turnLaws(): readonly Law[] {
  return [
    {
      id: "D15",
      title: "a delay made in a callback fires in a later turn, and a chain of them lets others run",
      check: laterTurn,
    },
    { id: "D19", title: "in a loop of `await delayFor(0)` due timers get their turn", check: turnOfTheHost },
  ];
}

async function laterTurn(bench: Bench): Promise<Finding> {
  const { runtime } = bench;
  let [inside, sameTurn, innerFired] = [false, false, false];
  const outer = start(bench, 1, () => {
    inside = true;
    const inner = runtime.delayFor(0);
    whenElapsed(inner, () => {
      sameTurn = inside;
      innerFired = true;
      if (!inside) inner[Symbol.dispose]();
    });
    inside = false;
  });
  await until(bench, () => innerFired);
  outer[Symbol.dispose]();
  must(innerFired, "a delay that was made in a callback did not fire");
  must(!sameTurn, "a delay that was made in a callback fired inside it");
  let links = 0;
  let isOver = false;
  const link = (): void => {
    if (isOver || ++links >= ENDLESS) return;
    const delay = runtime.delayFor(0);
    whenElapsed(delay, () => {
      delay[Symbol.dispose]();
      link();
    });
  };
  link();
  await bench.sleep(1);
  must(links < ENDLESS, `${ENDLESS} delays of 0 ms, each made by the one before, starved the host`);
  isOver = true;
  await settle(bench);
  return undefined;
}

async function turnOfTheHost(bench: Bench): Promise<Finding> {
  const due = bench.hostMs() + 5;
  let [woke, gaveUp, turns, turnsSinceDue] = [false, false, 0, 0];
  bench.sleep(5).then(() => {
    woke = true;
  });
  let giveUp: () => void = () => undefined;
  bench.sleep(bench.patience.ms).then(() => {
    gaveUp = true;
    giveUp();
  });
  while (!woke && !gaveUp && turnsSinceDue < TURNS && turns < ENDLESS) {
    turns++;
    if (bench.hostMs() > due) turnsSinceDue++;
    const delay = bench.runtime.delayFor(0);
    await new Promise<void>((resolve) => {
      giveUp = resolve;
      whenElapsed(delay, resolve);
    });
    delay[Symbol.dispose]();
  }
  must(!gaveUp, "await delayFor(0) did not go on");
  must(woke, `${turns} turns went by, and a timer of 5 ms had none of them`);
  return undefined;
}
