// node bench/scale/idle.mjs [--rounds 1] [--partitions 10000] [--profile FOLDER]: the CPU of clients that have nothing
// to do, against `odradek broker`.
import { held, print } from "./page.mjs";
import { readOptions, session } from "./session.mjs";

const options = readOptions({ partitions: "10000", rounds: "1" });
const count = Number(options.partitions);
const FEW = 100;
const job = (scenario, partitions) => ({
  row: `${scenario} of ${partitions.toLocaleString("en-US")} partitions`,
  scenario,
  partitions,
  count: partitions,
  size: 1,
});
const lines = await session(
  "idle.mjs",
  [job("consumer", FEW), job("consumer", count), job("producer", count)],
  options,
);
print(
  "CPU of an idle client, in percent of a core: user and system time of 20 s, 10 s after the consumer got its " +
    "partitions, or the producer wrote a record to each. Goal: below 1 %.",
  lines,
  [["% of a core", ({ value }) => held(value("percent"), 1)]],
);
