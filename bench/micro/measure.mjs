// How long something takes, as the best of several rounds: the least disturbed by what else the machine does.
export function nanoseconds(work, { rounds = 9, roundMs = 60 } = {}) {
  let count = 1;
  for (;;) {
    const began = process.hrtime.bigint();
    for (let i = 0; i < count; i++) work(i);
    if (Number(process.hrtime.bigint() - began) > roundMs * 1e6) break;
    count *= 2;
  }
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const began = process.hrtime.bigint();
    for (let i = 0; i < count; i++) work(i);
    best = Math.min(best, Number(process.hrtime.bigint() - began) / count);
  }
  return best;
}

/** Lines of a table, columns apart. */
export function table(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => String(row[i]).length)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i]) : String(cell).padStart(widths[i]))).join("  "),
    )
    .join("\n");
}
