type Method = (...args: never[]) => unknown;

/** Whether what was put around the methods of objects is in use. It is shared by a `Kafka` and its clients. */
export interface Switch {
  isOn: boolean;
}

/**
 * Replaces a method of one object. The replacement gets the method that was there, and is passed by when the switch is
 * off, so that it need not be taken out, which would also take out the replacements of others.
 */
export function replaceMethod<F extends Method>(
  target: object,
  name: string | symbol,
  at: Switch,
  make: (original: F) => F,
): void {
  const original = (Reflect.get(target, name) as F).bind(target) as F;
  const replacement = make(original);
  const value = (...args: Parameters<F>): unknown => (at.isOn ? replacement : original)(...args);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}
