// What was measured, as a page.
import { number, summarise } from "../peers/statistics.mjs";
import { NATIVES } from "./builds.mjs";
import { setting } from "./page.mjs";
import { WORKS } from "./works.mjs";

const FEWEST = 3;
/** Goals: not above this times the better of the two others, and at 1,000 partitions this times our own at 3. */
const TO_THE_BETTER = 1.1;
const TO_THREE = 1.5;

export function table(lines, { clients, rounds }) {
  const rows = summarise(lines.map((line) => ({ ...line, work: keyOf(line) })));
  const cpu = (client, place) => rows.find((row) => row.client === client && row.work === keyOf(place))?.value("cpuUs");
  const places = [...new Map(lines.map((line) => [keyOf(line), line])).values()];
  const head = ["work", "partitions", ...clients, "loop p99.9 ms", "to the better", "to 3", "goal"];
  return [
    "Client CPU µs a record (user and system time of the client's process; range of the runs) · thousand msg/s; " +
      `records of 100 B, medians of ${rounds} round(s).`,
    "'to the better': Odradek's CPU by that of the better of franz-go and rust-rdkafka; 'to 3': by its own at 3 " +
      "partitions on the same broker. Up to 1,000 partitions on Apache Kafka, above (*) on `odradek broker`.",
    setting(lines),
    "",
    `| ${head.join(" | ")} |`,
    `|---|--:|${clients.map(() => "---|").join("")}--:|--:|--:|---|`,
    ...places
      .sort((a, b) => orderOf(a.row) - orderOf(b.row) || (a.broker === b.broker ? 0 : a.broker === "Kafka" ? -1 : 1))
      .map((place) => line(place, { rows, clients, cpu })),
  ].join("\n");
}

const keyOf = ({ row, partitions, broker }) => `${row}\n${partitions}\n${broker}`;
const orderOf = (row) => Object.keys(WORKS).indexOf(row);

function line(place, { rows, clients, cpu }) {
  const { row, partitions, broker } = place;
  const own = cpu("odradek", place);
  const others = NATIVES.map((name) => cpu(name, { ...place, row: WORKS[row].natives ?? row }));
  const known = others.filter((value) => value !== undefined);
  const toBetter = own === undefined || known.length === 0 ? undefined : own / Math.min(...known);
  const atThree = cpu("odradek", { ...place, partitions: FEWEST });
  const toThree = own === undefined || atThree === undefined || partitions === FEWEST ? undefined : own / atThree;
  const ours = rows.find(({ client, work }) => client === "odradek" && work === keyOf(place));
  const cells = [
    WORKS[row].title,
    `${partitions.toLocaleString("en-US")}${broker === "Kafka" ? "" : "*"}`,
    ...clients.map((client) => figures(rows.find((one) => one.client === client && one.work === keyOf(place)))),
    number(ours?.value("loopP999")),
    number(toBetter),
    number(toThree),
    goal(partitions, toBetter, toThree),
  ];
  return `| ${cells.join(" | ")} |`;
}

function figures(row) {
  if (row === undefined) return "";
  if (row.runs.length === 0) return `failed: ${row.failures[0].replace(/\s+/g, " ").slice(0, 120)}`;
  const [least, most] = row.range("cpuUs");
  const range = row.runs.length < 2 ? "" : ` (${number(least)}–${number(most)})`;
  const failed = row.failures.length === 0 ? "" : `, ${row.failures.length} failed`;
  return `${number(row.value("cpuUs"))}${range} · ${number(row.value("rate") / 1000)} k${failed}`;
}

/** Below both others is the goal; a little above the better is the least that counts. */
function goal(partitions, toBetter, toThree) {
  const missed = [
    ...(toBetter > TO_THE_BETTER ? [`> ${TO_THE_BETTER} of the better`] : []),
    ...(partitions === 1000 && toThree > TO_THREE ? [`> ${TO_THREE} of 3`] : []),
  ];
  if (missed.length > 0) return `**missed**: ${missed.join(", ")}`;
  return toBetter === undefined ? "" : toBetter < 1 ? "reached" : `within ${TO_THE_BETTER}`;
}
