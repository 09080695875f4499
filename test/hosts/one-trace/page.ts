import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../house/root.ts";
import { resultOfPage } from "../page-result.ts";
import type { Start, Traces } from "./hosts.ts";

/** Runs the script in a page of headless Chromium. */
export async function tracesOfPage({ command, script, seeds, env }: Start): Promise<Traces> {
  const page = {
    html: '<script src="trace.js"></script><script type="module" src="page.mjs"></script>',
    files: {
      "/trace.js": readFileSync(script, "utf8"),
      "/page.mjs": readFileSync(join(root, "test", "hosts", "one-trace", "in-page.mjs"), "utf8"),
    },
    query: `?seeds=${seeds.join()}`,
  };
  return (await resultOfPage<{ readonly traces: Traces }>({ command, env }, page)).traces;
}
