// The page that a session of runs becomes.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { here } from "./folders.mjs";
import { number, summarise } from "./statistics.mjs";
import { TARGETS } from "./targets.mjs";
import { WORKS } from "./works.mjs";

const ANSWERS = new Map([
  [true, "yes"],
  [false, "**no**"],
  [undefined, "not measured"],
]);

/** Of the JavaScript clients alone: the others have no event loop of Node's. */
const LOOP_COLUMNS = [
  ["loop p99 ms", "loopP99"],
  ["loop p99.9 ms", "loopP999"],
  ["loop max ms", "loopMax"],
];

export function report(lines, { machine, command, left }) {
  const rows = summarise(lines);
  const works = Object.keys(WORKS).filter((id) => rows.some((row) => row.work === id));
  const findings = join(here, "findings.md");
  return [
    "# Benchmarks: Odradek beside the other Kafka clients",
    "",
    `Written by \`${command}\`; do not edit. ` +
      `${existsSync(findings) ? "Its last section comes from `bench/peers/findings.md`. " : ""}How it is measured, ` +
      "and how to add a client: [bench/peers](../bench/peers/README.md).",
    "",
    ...setting(lines, machine, left),
    "",
    "## Targets",
    "",
    ...targets(rows, works),
    "",
    ...works.flatMap((id) => [
      `## ${WORKS[id].title}`,
      "",
      ...table(
        id,
        rows.filter((row) => row.work === id),
      ),
      "",
    ]),
    ...(existsSync(findings) ? [readFileSync(findings, "utf8").trim(), ""] : []),
  ].join("\n");
}

function setting(lines, machine, left) {
  const versions = new Map(lines.filter((line) => line.error === undefined).map((line) => [line.client, line.version]));
  versions.set("franz-go", versions.has("franz-go") ? machine.franz : undefined);
  const named = [...versions]
    .filter(([, version]) => version !== undefined)
    .map(([client, version]) => `${client} ${version}`);
  const others = lines.map((line) => line.others ?? 0).sort((a, b) => a - b);
  const steal = lines.map((line) => line.steal ?? 0).sort((a, b) => a - b);
  const middle = others.length >> 1;
  return [
    "One Apache Kafka 4.4.0 broker (KRaft, 1 GiB heap) on loopback, topics of 3 partitions, acks=all, idempotent " +
      "where the client can. Each client in a process of its own; runs interleaved, in another order each round; " +
      "medians. After every run the topic's end offsets were asked for: a run that lost or repeated a record " +
      "counts as failed.",
    "",
    `- Machine: ${machine.cores} cores (${machine.model}), ${machine.memory}, ${machine.system}. Broker and ` +
      "client share it.",
    `- Load of others meanwhile: ${number(others[middle])} cores in the middle of all runs (${number(others[0])} ` +
      `to ${number(others.at(-1))}); taken by the hypervisor: ${number(steal[middle])} % (up to ` +
      `${number(steal.at(-1))} %).`,
    `- ${machine.node === "not there" ? "" : `JavaScript on Node ${machine.node}; `}${machine.java}; ` +
      `${machine.go}; ${machine.rust}. Odradek at commit ${machine.commit}.`,
    `- Clients: ${named.join(", ")}.`,
    ...(left.length === 0 ? [] : [`- Left out: ${left.map(([name, why]) => `${name} (${why})`).join("; ")}.`]),
    "",
    "CPU is user and system time of the whole client process for one message, native threads, compiler and " +
      "collector included: on a shared machine it is the figure that counts. The range behind it is that of the " +
      "runs.",
  ];
}

function targets(rows, works) {
  const out = ["| work | target | Odradek | reached |", "|---|---|---|---|"];
  for (const id of works) {
    const of = (client, field, work = id) =>
      rows.find((row) => row.work === work && row.client === client)?.value(field);
    if (of("odradek", "cpuUs") === undefined) continue;
    const own = WORKS[id].start
      ? `${number(of("odradek", "startMs"))} ms`
      : `${number(of("odradek", "rate"))} msg/s, ${number(of("odradek", "cpuUs"))} ` +
        `µs${WORKS[id].latency ? `, p50 ${number(of("odradek", "p50us") / 1000)}, p99 ${number(of("odradek", "p99us") / 1000)} ms` : ""}`;
    for (const [i, [text, test]] of (TARGETS[id] ?? []).entries())
      out.push(`| ${i === 0 ? WORKS[id].title : ""} | ${text} | ${i === 0 ? own : ""} | ${ANSWERS.get(test(of))} |`);
  }
  return out;
}

function table(id, rows) {
  const work = WORKS[id];
  const good = rows.filter((row) => row.runs.length > 0);
  const by = work.start ? "startMs" : "cpuUs";
  good.sort((a, b) => a.value(by) - b.value(by));
  const columns = work.start
    ? [
        ["ms", (row) => number(row.value("startMs"))],
        ["range", (row) => between(row, "startMs")],
        ["CPU ms", (row) => number(row.value("startCpuMs"))],
        ["peak MB", (row) => number(row.value("rssMb"))],
      ]
    : [
        ["CPU µs/msg", (row) => number(row.value("cpuUs"))],
        ["range", (row) => between(row, "cpuUs")],
        ["msg/s", (row) => number(row.value("rate"))],
        ["MB/s", (row) => number(row.value("mbps"))],
        ...(work.latency
          ? [
              ["p50 ms", (row) => number(row.value("p50us") / 1000)],
              ["p99 ms", (row) => number(row.value("p99us") / 1000)],
            ]
          : []),
        ["client cores", (row) => number(row.value("clientCores"))],
        ["broker cores", (row) => number(row.value("brokerCores"))],
        ["peak MB", (row) => number(row.value("rssMb"))],
        ...LOOP_COLUMNS.map(([name, field]) => [name, (row) => number(row.value(field))]),
      ];
  columns.push([
    "runs",
    (row) => `${row.runs.length}${row.failures.length > 0 ? `, ${row.failures.length} failed` : ""}`,
  ]);
  const out = [
    `| client | ${columns.map(([name]) => name).join(" | ")} | how |`,
    `|---|${columns.map(() => "--:|").join("")}---|`,
  ];
  for (const row of good)
    out.push(
      `| ${row.client === "odradek" ? "**odradek**" : row.client} | ` +
        `${columns.map(([, cell]) => cell(row)).join(" | ")} | ${row.runs[0].shape ?? ""} |`,
    );
  for (const row of rows)
    if (row.runs.length === 0)
      out.push("", `${row.client} failed in every run: ${row.failures[0].replace(/\s+/g, " ").slice(0, 200)}`);
  return out;
}

function between(row, field) {
  const [least, most] = row.range(field);
  return row.runs.length < 2 ? "" : `${number(least)}–${number(most)}`;
}
