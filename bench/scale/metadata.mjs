// node bench/scale/metadata.mjs [--rounds 1] [--topics 10000] [--profile FOLDER]: how long a Metadata response of many
// topics holds up the event loop, against `odradek broker`.
import { number } from "../peers/statistics.mjs";
import { held, print } from "./page.mjs";
import { readOptions, session } from "./session.mjs";

const options = readOptions({ topics: "10000", rounds: "1" });
const count = Number(options.topics);
const job = (row, scenario = row) => ({ row, scenario, count, size: 1 });
// The producer's records make the topics, so it comes first.
const jobs = [job("producer"), job("consumer"), job("consumer that commits", "committing")];
const lines = await session("metadata.mjs", jobs, options);
print(
  `Longest stretch between two turns of the event loop while the metadata of ${count.toLocaleString("en-US")} topics ` +
    "of 3 partitions is fetched again every 3 s, the request included; medians of five refreshes. Work is the " +
    "smaller of the stretch and of the CPU time of the main thread in it, which excludes other processes; Linux " +
    "counts it by ticks of some 4 ms. The consumer also sends fetches and heartbeats, and where it says so commits. " +
    "Goal: work below 10 ms.",
  lines,
  [
    ["stretch, ms", ({ value }) => number(value("ms"))],
    ["work, ms", ({ value }) => held(value("workMs"), 10)],
    ["longest work of the five, ms", ({ value }) => number(value("longestWorkMs"))],
  ],
);
