import { KafkaError } from "../errors/kafka-error.ts";
import { type FaultPlan, parseFaultPlan } from "./fault-plan.ts";

/** A failure, as it is written to a file. */
export interface SavedFailure {
  readonly seed: number;
  /** The broken invariant; undefined in a file that a person wrote. */
  readonly invariant: string | undefined;
  /** Undefined: the plan that the seed draws. */
  readonly plan: FaultPlan | undefined;
  /** `FILE` or `FILE#NAME`: the module with the scenario. Undefined: Odradek's own workload. */
  readonly scenario: string | undefined;
}

/** The name of a failure's file. */
export function failureFileName(seed: number, invariant: string): string {
  return `simulation-${seed}-${invariant.replaceAll(/[^\w.-]+/g, "-")}.json`;
}

/** The content of the file. */
export function failureText({ seed, invariant, plan, scenario }: SavedFailure): string {
  return `${JSON.stringify({ seed, invariant, scenario, plan }, undefined, 2)}\n`;
}

/** Reads the content of a file. Throws kind `config`, which names the file and the mistake in it. */
export function parseFailure(text: string, file: string): SavedFailure {
  let content: Readonly<Record<string, unknown>>;
  try {
    content = (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch (error) {
    throw KafkaError.from(error, "config", `cannot read ${file}`);
  }
  const { seed, invariant, plan, scenario } = content;
  if (!Number.isSafeInteger(seed))
    throw new KafkaError(
      "config",
      `${file} has no seed: a file to replay contains { "seed": a whole number, "plan": { "faults": […] } }, as ` +
        "odradek simulate writes it",
    );
  const asText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  return {
    seed: seed as number,
    invariant: asText(invariant),
    plan: plan === undefined ? undefined : parseFaultPlan(plan),
    scenario: asText(scenario),
  };
}
