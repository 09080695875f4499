/** One turn of Node's event loop: `setImmediate` runs when the microtask queue is empty. */
export function nodeDrain(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
