// node bench/scale/held.mjs [--rounds 3] [--partitions 10000] [--profile FOLDER]: the memory that a producer holds for
// each partition that it has written to, against `odradek broker`.
import { number } from "../peers/statistics.mjs";
import { held, print } from "./page.mjs";
import { readOptions, session } from "./session.mjs";

const options = readOptions({ partitions: "10000" });
const count = Number(options.partitions);
const FEW = "one partition";
const MANY = `${count.toLocaleString("en-US")} partitions`;
const job = (row, partitions) => ({ row, scenario: "held", partitions, count: partitions, size: 100 });
const lines = await session("held.mjs", [job(FEW, 1), job(MANY, count)], { ...options, nodeOptions: ["--expose-gc"] });

const MB = 1e6;
/** Bytes a partition above those of the client with one. */
const each = (fields, { value, other }) => {
  const bytes = fields.map((field) => value(field) - other(FEW)(field));
  return bytes.reduce((a, b) => a + b) / (count - 1) / 1024;
};
const ofMany = (cell) => (of) => (of.row === MANY ? cell(of) : "");
print(
  "Heap and external buffers held 2 s after the flush of one record of 100 B to each partition, after a collection; " +
    "a partition: less those of a client with one partition. Goal: below 2 KB a partition.",
  lines,
  [
    ["heap MB", ({ value }) => number(value("heap") / MB)],
    ["external MB", ({ value }) => number(value("external") / MB)],
    ["peak RSS MB", ({ value }) => number(value("peakRssMb"))],
    ["heap KB a partition", ofMany((of) => number(each(["heap"], of)))],
    ["external KB a partition", ofMany((of) => number(each(["external"], of)))],
    ["KB a partition", ofMany((of) => held(each(["heap", "external"], of), 2))],
  ],
);
