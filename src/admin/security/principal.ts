/** A principal in the two parts that some requests send. */
export interface PrincipalParts {
  readonly principalType: string;
  readonly principalName: string;
}

/** The parts of a principal. The name may contain colons too. */
export function partsOf(text: string): PrincipalParts {
  const colon = text.indexOf(":");
  return { principalType: text.slice(0, colon), principalName: text.slice(colon + 1) };
}

/** The principal of two parts. */
export function principalOf({ principalType, principalName }: PrincipalParts): string {
  return `${principalType}:${principalName}`;
}
