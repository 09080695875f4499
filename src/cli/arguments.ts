import { parseArgs } from "node:util";
import { KafkaError } from "../errors/kafka-error.ts";

/** One option of a command, as `--help` shows it. */
export interface OptionSpec {
  readonly type: "string" | "number" | "boolean";
  readonly value?: string;
  readonly about: string;
  readonly default?: string | number;
  readonly min?: number;
  readonly max?: number;
  /** Whether the option can be given more than once: its value is a list. */
  readonly isList?: boolean;
}

/** The options of a command, by name. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;
/** The values of a command's options, by name. */
export type OptionValues = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Reads and checks the options of a command line. Throws kind `config` with the option's name and what it takes. */
export function readOptions(command: string, specs: OptionSpecs, argv: readonly string[]): OptionValues {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [
      name,
      { type: spec.type === "boolean" ? "boolean" : "string", multiple: spec.isList === true } as const,
    ]),
  );
  let values: Record<string, unknown>;
  try {
    const parsed = parseArgs({ args: [...argv], options, strict: true, allowPositionals: true });
    // Node's own text contains the argument, which may be a part of a password.
    if (parsed.positionals.length > 0 && Object.values(specs).some(({ isList }) => isList === true))
      throw new KafkaError("config", "an argument stands without its option; quote values that contain blanks");
    if (parsed.positionals[0] !== undefined)
      throw new KafkaError("config", `unexpected argument "${parsed.positionals[0]}"`);
    values = parsed.values;
  } catch (error) {
    throw KafkaError.from(error, "config", `odradek ${command} (see --help)`);
  }
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, readOne(name, spec, values[name])]));
}

function readOne(name: string, spec: OptionSpec, given: unknown): OptionValues[string] {
  if (given === undefined) return spec.default;
  if (spec.isList === true) return given as readonly string[];
  if (spec.type === "boolean") return given === true;
  const text = given as string;
  if (spec.type === "string") return text;
  const number = Number(text);
  const min = spec.min ?? 0;
  const max = spec.max ?? Number.MAX_SAFE_INTEGER;
  if (text.trim() === "" || !Number.isInteger(number) || number < min || number > max) {
    throw new KafkaError("config", `--${name} takes a whole number from ${min} to ${max}, not "${text}"`);
  }
  return number;
}

/** The help of a command: its usage, what it does, and its options with their defaults. */
export function helpText(usage: string, about: string, specs: OptionSpecs): string {
  const left = Object.entries(specs).map(
    ([name, spec]) => `  --${name}${spec.value === undefined ? "" : ` ${spec.value}`}`,
  );
  const width = Math.max(...left.map((text) => text.length)) + 2;
  const lines = Object.values(specs).map(
    (spec, i) =>
      `${(left[i] ?? "").padEnd(width)}${spec.about}${spec.default === undefined ? "" : ` (default ${spec.default})`}`,
  );
  return `Usage: ${usage}\n\n${about}\n\nOptions:\n${lines.join("\n")}\n`;
}
