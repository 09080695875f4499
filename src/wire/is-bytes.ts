/**
 * Whether a value is a Uint8Array, also one of another realm (a test runner's sandbox). A DataView or an array of wider
 * numbers does not count: its length means something else.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || Object.prototype.toString.call(value) === "[object Uint8Array]";
}
