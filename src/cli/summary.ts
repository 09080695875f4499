import { count } from "./progress.ts";

/** The measurements of one run of the demo. */
export interface Measurement {
  readonly total: number;
  readonly size: number;
  readonly produceSeconds: number;
  readonly consumeSeconds: number;
  /** User and system time of this process, producer and consumer together. */
  readonly cpuMicroseconds: number;
  /** From `enqueue` to the consumer's loop: p50, p99, p99.9 in ms. */
  readonly latencies: readonly number[];
}

/** The table at the end of the demo. */
export function summary(m: Measurement): string {
  const rate = (seconds: number): readonly string[] => [
    count(m.total / seconds),
    ((m.total * m.size) / seconds / 1e6).toFixed(1),
    seconds.toFixed(2),
  ];
  const [p50 = 0, p99 = 0, p999 = 0] = m.latencies;
  const rows = [
    ["", "records/s", "MB/s", "seconds"],
    ["produced and acknowledged", ...rate(m.produceSeconds)],
    ["consumed", ...rate(m.consumeSeconds)],
  ];
  const widths = [27, 12, 9, 9];
  const table = rows
    .map(
      (row) =>
        "  " + row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(""),
    )
    .join("\n");
  return [
    "",
    `All ${count(m.total)} records of ${count(m.size)} bytes came back once and in order.`,
    "",
    table,
    "",
    `  latency, produce to consume  p50 ${p50.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms   p99.9 ` +
      `${p999.toFixed(1)} ms   (at full speed: mostly time in queues)`,
    `  client CPU                   ${(m.cpuMicroseconds / m.total).toFixed(2)} µs a record, produced and consumed`,
    "",
  ].join("\n");
}
