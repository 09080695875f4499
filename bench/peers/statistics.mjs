// Medians of the runs that count.
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** By work and client: the runs that passed their check, and medians of their fields. */
export function summarise(lines) {
  const rows = new Map();
  for (const line of lines) {
    const key = `${line.work}\n${line.client}`;
    const row = rows.get(key) ?? { work: line.work, client: line.client, runs: [], failures: [] };
    if (line.error === undefined) row.runs.push(line);
    else row.failures.push(line.error);
    rows.set(key, row);
  }
  return [...rows.values()].map((row) => ({
    ...row,
    value: (field) => {
      const values = row.runs.map((run) => run[field]).filter((value) => typeof value === "number");
      return values.length === 0 ? undefined : median(values);
    },
    range: (field) => {
      const values = row.runs.map((run) => run[field]).filter((value) => typeof value === "number");
      return values.length === 0 ? [] : [Math.min(...values), Math.max(...values)];
    },
  }));
}

export function number(value) {
  if (value === undefined || Number.isNaN(value)) return "";
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toFixed(3);
}
