import { type AclOperation, OPERATIONS } from "../security/acl-words.ts";

/** The value of the field if the operations were not asked for. */
const NOT_ASKED = -2_147_483_648;

/** The operations in a field of a response: bit N stands for the operation of code N. Undefined: not asked for. */
export function operationsIn(bits: number): readonly AclOperation[] | undefined {
  if (bits === NOT_ASKED) return undefined;
  return OPERATIONS.filter((_, bit) => (bits & (1 << bit)) !== 0) as readonly AclOperation[];
}
