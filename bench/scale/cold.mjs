// node bench/scale/cold.mjs [--rounds 3] [--records 1000000] [--profile FOLDER]: records enqueued before metadata came,
// beside those of a warm producer, against `odradek broker`.
import { number } from "../peers/statistics.mjs";
import { held, print } from "./page.mjs";
import { readOptions, session } from "./session.mjs";

const options = readOptions({ records: "1000000" });
const count = Number(options.records);
const job = (row) => ({ row, scenario: row, partitions: 3, count, size: 10 });
const lines = await session("cold.mjs", [job("warm"), job("cold")], options);
const ofCold = (cell) => (of) => (of.row === "cold" ? cell(of) : "");
print(
  `${count.toLocaleString("en-US")} enqueues of 10 B to a topic of 3 partitions, and the flush, with a bufferMemory of ` +
    "64 MiB: before any metadata came (cold), and after one awaited send (warm). Goals: cold at most 1.5 times the " +
    "CPU of warm, and below 150 MB.",
  lines,
  [
    ["CPU µs a record", ({ value }) => number(value("cpuUs"))],
    ["times warm", ofCold(({ value, other }) => held(value("cpuUs") / other("warm")("cpuUs"), 1.5))],
    ["peak RSS MB", ({ value, row }) => (row === "cold" ? held(value("rssMb"), 150) : number(value("rssMb")))],
    ["enqueued before the first wait", ({ value }) => number(value("inOneGo"))],
  ],
);
