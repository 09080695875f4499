// A runtime as a first version is often written. cli.test.ts has the report of `odradek conformance` on it.
export const spawn = (task: () => PromiseLike<void>): void => void Promise.resolve().then(task);

export function delayFor(ms: number): Promise<void> & Disposable {
  let timer: NodeJS.Timeout | undefined;
  const delay = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  }) as Promise<void> & Disposable;
  delay[Symbol.dispose] = () => clearTimeout(timer);
  return delay;
}
