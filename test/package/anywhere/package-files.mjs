// The files that the installed package names, as they lie there: what a bare engine is given.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const folder = import.meta.dirname ?? dirname(new URL(import.meta.url).pathname);
const packageFolder = join(folder, "node_modules", "odradek");
const { exports } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));

/**
 * The file of a module: `odradek/…` by the export map, under the condition `import` or `require`; others beside the
 * file that names them.
 */
export function fileOf(name, from, condition = "import") {
  const entry = exports[name.replace("odradek", ".")];
  if (entry !== undefined) return join(packageFolder, entry[condition]);
  if (!name.startsWith(".")) throw new Error(`${from} names ${name}, which no bare engine has`);
  return resolve(dirname(from), name);
}

export function textOf(file) {
  return readFileSync(file, "utf8");
}

export const program = join(folder, "program.mjs");
