// Builds the script that every host runs: program.mjs and `odradek/core` in one file, by esbuild.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Plugin, build } from "esbuild";
import { root } from "../../house/root.ts";

/** A change of the sources that makes the trace depend on the host: each text of a file, and what replaces it. */
export interface Plant {
  readonly name: string;
  readonly changes: readonly { readonly file: string; readonly text: string; readonly planted: string }[];
}

/** `Math.exp` is rounded as each engine likes; its last bits decide how long a segment is on its way. */
export const MATH_PLANT: Plant = {
  name: "latencies drawn by Math.exp",
  changes: [
    {
      file: "src/simulation/network-pipe.ts",
      text: "this.#random.between(latencyUs[0], latencyUs[1])",
      planted:
        "latencyUs[0] + Math.floor(((Math.exp(this.#random.fraction() * 10) * 1e9) % 1) * " +
        "(latencyUs[1] - latencyUs[0]))",
    },
  ],
};

/** QuickJS compares by code units, and the others by the locale that they are started with. */
export const ORDER_PLANT: Plant = {
  name: "members in the order of localeCompare",
  changes: [
    {
      file: "src/consumer/group/assignors/assignor.ts",
      text: "return a < b ? -1 : a > b ? 1 : 0;",
      planted: "return a.localeCompare(b);",
    },
    {
      file: "src/embedded/state/groups/server-assignors.ts",
      text: "(a < b ? -1 : a > b ? 1 : 0)",
      planted: "a.localeCompare(b)",
    },
  ],
};

/**
 * Writes the script to `file`. Of the package as it is built in dist/, or, with a plant (`undefined`: none), of the
 * sources.
 */
export async function writeScript(file: string, from: "dist" | { readonly plant: Plant | undefined }): Promise<void> {
  await build({
    entryPoints: [join(root, "test", "hosts", "one-trace", "program.mjs")],
    outfile: file,
    bundle: true,
    format: "iife",
    platform: "neutral",
    target: "es2022",
    conditions: ["import"],
    alias: { "odradek/core": join(root, from === "dist" ? "dist/core.js" : "src/core.ts") },
    plugins: from === "dist" || from.plant === undefined ? [] : [planting(from.plant)],
    logLevel: "error",
  });
}

function planting({ changes }: Plant): Plugin {
  return {
    name: "plant",
    setup: ({ onLoad }) => {
      for (const { file, text, planted } of changes) {
        const path = join(root, file);
        onLoad({ filter: new RegExp(`${file.replaceAll(/[.]/g, "\\.")}$`) }, () => {
          const code = readFileSync(path, "utf8");
          assert.equal(code.split(text).length, 2, `${file} does not have exactly once: ${text}`);
          return { contents: code.replace(text, planted), loader: "ts" };
        });
      }
    },
  };
}
