/** The types of metrics of Prometheus that are used here. */
export type FamilyType = "counter" | "gauge" | "summary" | "histogram";

/** One metric with all its series. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly samples: readonly Sample[];
}

/** One value: `suffix` comes behind the name of the metric, as in `_bucket`. */
export interface Sample {
  readonly suffix: string;
  readonly labels: Labels;
  readonly value: number;
}

/** The labels of a series. */
export type Labels = Readonly<Record<string, string>>;

/** The formats, with their content types. */
export const CONTENT_TYPES = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
} as const;

/** The format of a text: Prometheus's own, or OpenMetrics. */
export type Format = keyof typeof CONTENT_TYPES;

/** The text of metrics. OpenMetrics names a counter without its `_total`, and ends with a mark. */
export function textOf(families: readonly Family[], format: Format): string {
  const lines: string[] = [];
  for (const { name, help, type, samples } of families) {
    if (samples.length === 0) continue;
    const isCounter = format === "openmetrics" && type === "counter";
    const metric = isCounter ? name.replace(/_total$/, "") : name;
    lines.push(`# HELP ${metric} ${escapeHelp(help, format)}`, `# TYPE ${metric} ${type}`);
    for (const { suffix, labels, value } of samples) {
      const inside = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
      lines.push(`${name}${suffix}${inside.length === 0 ? "" : `{${inside.join(",")}}`} ${numberText(value)}`);
    }
  }
  if (format === "openmetrics") lines.push("# EOF");
  return lines.map((line) => `${line}\n`).join("");
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

/** Prometheus's own format leaves quotes in a help text as they are. */
function escapeHelp(text: string, format: Format): string {
  return format === "openmetrics" ? escaped(text) : text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
