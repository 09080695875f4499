/** An intercept that was begun. Call it, or dispose of it, to end it; harmless when repeated. */
export interface InterceptHandle extends Disposable {
  (): void;
  /** How many requests it was asked about, or of an error queue: how many errors were given. */
  readonly calls: number;
  /** How many more there may be: Infinity without `times`, 0 when it is over. */
  readonly left: number;
}

/** A handle of what counts by itself. */
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
