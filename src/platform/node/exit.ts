/** Tells listeners that the process ends: one listener of the process's for all of them, so that no number of producers brings its warning. */
export function nodeExit(): (listener: () => void) => () => void {
  const listeners = new Set<() => void>();
  let isListening = false;
  return (listener) => {
    if (!isListening) {
      isListening = true;
      process.on("exit", () => {
        for (const each of listeners) each();
      });
    }
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  };
}
