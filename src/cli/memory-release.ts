/** The connections are counted this often, in ms. */
const TICK_MS = 1000;
/** Fewer connections are not worth a collection of the whole heap: 200 have 2 MB. */
const LEAST_CLOSED = 200;

/** Decides when memory of closed connections is worth collecting. */
export class MemoryRelease {
  #most = 0;
  #last = 0;

  /**
   * Takes the number of open connections, once a second. Returns true when at least half of them, and at least 200,
   * have closed since the last time, and their number stays the same: clients that connect again need the memory.
   */
  isDue(connections: number): boolean {
    const isQuiet = connections === this.#last;
    this.#last = connections;
    this.#most = Math.max(this.#most, connections);
    const closed = this.#most - connections;
    if (!isQuiet || closed < LEAST_CLOSED || closed * 2 < this.#most) return false;
    this.#most = connections;
    return true;
  }
}

/**
 * Gives memory back to the system after many connections have closed. V8 collects garbage only when it allocates, and
 * then keeps the pages, so the process of an idle broker would stay as large as it ever was. Returns a function that
 * ends this.
 */
export function releaseMemory(connections: () => number): () => void {
  const release = new MemoryRelease();
  const timer = setInterval(() => {
    if (release.isDue(connections())) void collectGarbage();
  }, TICK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * The inspector's command is the only public way to a collection that also returns pages, without a flag of V8. A host
 * without an inspector keeps the memory.
 */
async function collectGarbage(): Promise<void> {
  try {
    const { Session } = await import("node:inspector");
    const session = new Session();
    session.connect();
    // Disconnecting within the callback would block the process.
    session.post("HeapProfiler.collectGarbage", () => setImmediate(() => session.disconnect()));
  } catch {
    // Nothing else depends on it.
  }
}
