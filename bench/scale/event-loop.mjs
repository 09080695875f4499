// node bench/scale/event-loop.mjs [--rounds 3] [--outstanding 1,1000,1000000] [--profile FOLDER]: how long sends hold
// up the event loop, beside bare promises, against `odradek broker`.
import { number } from "../peers/statistics.mjs";
import { held, print } from "./page.mjs";
import { readOptions, session } from "./session.mjs";

const options = readOptions({ outstanding: "1,1000,1000000" });
/** Up to here the delay has a goal of its own; above it is compared with that of bare promises. */
const FEW = 1000;
const jobs = options.outstanding
  .split(",")
  .map(Number)
  .flatMap((count) =>
    ["bare", "sends"].map((scenario) => ({
      row: `${count.toLocaleString("en-US")} ${scenario}`,
      scenario,
      count,
      size: 10,
      partitions: 100,
    })),
  );
const lines = await session("event-loop.mjs", jobs, options);
const isSends = (row) => row.endsWith("sends");
const bareOf = (row) => row.replace("sends", "bare");
const countOf = (row) => Number(row.split(" ")[0].replaceAll(",", ""));

function slow({ value, row }) {
  return isSends(row) && countOf(row) <= FEW ? held(value("loopP999"), 12) : number(value("loopP999"));
}

function timesBare({ value, other, row }) {
  if (!isSends(row)) return "";
  const times = value("loopP999") / other(bareOf(row))("loopP999");
  return countOf(row) <= FEW ? number(times) : held(times, 1.5);
}

print(
  "How late the event loop comes to a timer of 1 ms, that millisecond included, in ms, with so many sends of 10 B " +
    "outstanding for 5 s, and with as many bare promises. From 100,000 on all are made, 1,000 a turn, before the " +
    "first is settled; the bare ones are settled 1,000 a turn. Own stretch: the longest time that the client works " +
    "without asking the host for a turn; work: the smaller of that and of the main thread's CPU time in it. Goals: " +
    "p99.9 below 12 ms up to 1,000 sends, above at most 1.5 times that of bare promises; no own work above 10 ms.",
  lines,
  [
    ["p99", ({ value }) => number(value("loopP99"))],
    ["p99.9", slow],
    ["max", ({ value }) => number(value("loopMax"))],
    ["p99.9, times bare", timesBare],
    ["own stretch", ({ value, row }) => (isSends(row) ? number(value("ownMs")) : "")],
    ["own work", ({ value, row }) => (isSends(row) ? held(value("ownWorkMs"), 10) : "")],
    ["CPU µs", ({ value }) => number(value("cpuUs"))],
    ["peak RSS MB", ({ value }) => number(value("rssMb"))],
  ],
);
