import type { ScramMechanism } from "./security/sasl-name.ts";

const BY_CODE: ReadonlyMap<number, ScramMechanism> = new Map([
  [1, "SCRAM-SHA-256"],
  [2, "SCRAM-SHA-512"],
]);

/** The mechanism of a code in requests about SCRAM credentials; undefined if there is none. */
export function scramMechanism(code: number): ScramMechanism | undefined {
  return BY_CODE.get(code);
}

/** The code of a mechanism. */
export function scramCode(mechanism: ScramMechanism): number {
  return mechanism === "SCRAM-SHA-256" ? 1 : 2;
}
