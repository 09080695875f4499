/**
 * The process, with the exit listeners of all clients. Other copies of this library (of the other module system, for
 * example) share them.
 */
interface ListeningProcess {
  [LISTENERS]?: Set<() => void>;
}

const LISTENERS: unique symbol = Symbol.for("odradek.exit") as never;

/**
 * Calls listeners when the process ends. All clients share one listener of the process, because Node warns of a leak at
 * the eleventh.
 */
export function nodeExit(): (listener: () => void) => () => void {
  return (listener) => {
    const owner = process as ListeningProcess;
    const listeners = owner[LISTENERS] ?? listen(owner);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  };
}

function listen(owner: ListeningProcess): Set<() => void> {
  const listeners = new Set<() => void>();
  owner[LISTENERS] = listeners;
  process.on("exit", () => {
    for (const each of listeners) each();
  });
  return listeners;
}
