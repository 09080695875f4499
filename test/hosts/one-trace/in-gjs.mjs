// gjs -m in-gjs.mjs SCRIPT SEED …: on SpiderMonkey with GLib's main loop. One turn is an idle source, which runs when
// the promises that GJS keeps in a source of higher priority are done.
import GLib from "gi://GLib";
import System from "system";

const [script = "", ...seeds] = System.programArgs;
const [, bytes] = GLib.file_get_contents(script);
(0, eval)(new TextDecoder().decode(bytes));

const TURNS_PER_COLLECTION = 500;
let turns = 0;

// GJS drops a source that is due while a collection of garbage is under way ("Attempting to run a JS callback during
// garbage collection"), and then nothing wakes the program. A collection that is asked for is over when the call
// returns, and leaves the engine no reason to begin one of its own.
const drain = () => {
  if (++turns % TURNS_PER_COLLECTION === 0) System.gc();
  return new Promise((resolve) => {
    GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, () => {
      resolve();
      return GLib.SOURCE_REMOVE;
    });
  });
};
const loop = new GLib.MainLoop(null, false);
const run = async () => {
  const traces = {};
  for (const seed of seeds) traces[seed] = await globalThis.odradekTrace(Number(seed), drain);
  return JSON.stringify(traces);
};
run()
  .then(print, (error) => printerr(`${error}\n${error.stack}`))
  .finally(() => loop.quit());
loop.run();
