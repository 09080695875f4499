// The tests that run at the moment, out of the events of node:test: where a file ends before its tests, or no test ends
// for minutes, the report names the test.
import { relative } from "node:path";

const SILENCE_MS = 5 * 60_000;

export class RunningTests {
  #root;
  /** Names by file, an outer test before its subtests. */
  #names = new Map();
  #ended = performance.now();
  #timer;

  /** Says on stdout what runs whenever no test ended for five minutes. */
  constructor(root) {
    this.#root = root;
    this.#timer = setInterval(() => {
      if (performance.now() - this.#ended < SILENCE_MS) return;
      this.#ended = performance.now();
      console.log(`no test ended for five minutes; running: ${this}`);
    }, 1000);
  }

  /** Returns the tests of a file that have not ended, where the event is the end of that file. */
  saw({ type, data: { name, file } }) {
    if (file === undefined) return;
    const names = this.#names.get(file) ?? [];
    this.#names.set(file, names);
    if (type === "test:dequeue" && name !== file) names.push(name);
    if (type !== "test:complete") return;
    this.#ended = performance.now();
    const at = names.lastIndexOf(name);
    if (at !== -1) names.splice(at, 1);
    if (name !== file) return;
    this.#names.delete(file);
    return names.length === 0 ? undefined : `it was at: ${names.join(" > ")}`;
  }

  toString() {
    return [...this.#names]
      .filter(([, names]) => names.length > 0)
      .map(([file, names]) => `${relative(this.#root, file)}: ${names.join(" > ")}`)
      .join("; ");
  }

  stop() {
    clearInterval(this.#timer);
  }
}
