import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Writes a file, and creates its folder if necessary. */
export function writeTextFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/**
 * A module's URL as a user would type it in the current folder: `file:///home/me/shop/sim.js#late` becomes
 * `sim.js#late`.
 */
export function typedPath(moduleUrl: string): string {
  if (!moduleUrl.startsWith("file:")) return moduleUrl;
  const [path = "", name] = moduleUrl.split("#");
  return `${relative("", fileURLToPath(path))}${name === undefined ? "" : `#${name}`}`;
}
