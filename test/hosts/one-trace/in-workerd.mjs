// The main module of a Worker that `workerd test` runs: SEEDS is a binding, and the script is a module beside this one.
import "trace.js";

export default {
  async test(_controller, { SEEDS }) {
    const traces = {};
    for (const seed of SEEDS)
      traces[seed] = await globalThis.odradekTrace(seed, () => new Promise((resolve) => setTimeout(resolve, 0)));
    console.log(`traces: ${JSON.stringify(traces)}`);
  },
};
