/** A running intercept. Call it, or dispose it, to remove the intercept. Idempotent. */
export interface InterceptHandle extends Disposable {
  (): void;
  /** How many requests the intercept was called for; for an error queue, how many errors it has returned. */
  readonly calls: number;
  /** How many more there may be: Infinity without `times`, 0 when it is over. */
  readonly left: number;
}

/** Makes a handle from an object that counts its calls. */
export function interceptHandle(
  counted: { readonly calls: number; readonly left: number },
  stop: () => void,
): InterceptHandle {
  const handle = (): void => stop();
  return Object.defineProperties(handle, {
    calls: { get: () => counted.calls, enumerable: true },
    left: { get: () => counted.left, enumerable: true },
    [Symbol.dispose]: { value: stop },
  }) as InterceptHandle;
}
