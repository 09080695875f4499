/**
 * The process, with the listeners of all clients: those of other copies of this library too, of the other module
 * system, say.
 */
interface ListeningProcess {
  [LISTENERS]?: Set<() => void>;
}

const LISTENERS: unique symbol = Symbol.for("odradek.exit") as never;

/**
 * Tells listeners that the process ends: one listener of the process's for all clients, since Node warns of a leak at
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
