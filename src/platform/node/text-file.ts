import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Writes a file, and makes its folder where there is none. */
export function writeTextFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/**
 * A module's address, as somebody types it who stands in the current folder: `file:///home/me/shop/sim.js#late` is
 * `sim.js#late` there.
 */
export function typedPath(moduleUrl: string): string {
  if (!moduleUrl.startsWith("file:")) return moduleUrl;
  const [path = "", name] = moduleUrl.split("#");
  return `${relative("", fileURLToPath(path))}${name === undefined ? "" : `#${name}`}`;
}
