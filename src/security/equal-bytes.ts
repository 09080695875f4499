/**
 * Whether two values are equal, in a time that does not depend on where they differ. Otherwise a peer could guess a
 * signature byte by byte.
 */
export function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
