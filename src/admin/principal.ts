import { type Check, is } from "../errors/shape.ts";
import { utf8Length } from "../wire/utf8.ts";

/** A principal in the two parts that some requests send. */
export interface PrincipalParts {
  readonly principalType: string;
  readonly principalName: string;
}

/** Requests carry no longer text. */
const LONGEST_PRINCIPAL_BYTES = 32_767;

/** Accepts a principal as Kafka writes it: a type, a colon and a name. */
export const principal: Check = is(
  'a type and a name, for example "User:alice"',
  (value) => typeof value === "string" && /^[^:]+:./su.test(value) && utf8Length(value) <= LONGEST_PRINCIPAL_BYTES,
);

/** The parts of a principal. The name may contain colons too. */
export function partsOf(text: string): PrincipalParts {
  const colon = text.indexOf(":");
  return { principalType: text.slice(0, colon), principalName: text.slice(colon + 1) };
}

/** The principal of two parts. */
export function principalOf({ principalType, principalName }: PrincipalParts): string {
  return `${principalType}:${principalName}`;
}
