import { execFileSync } from "node:child_process";
import { root } from "../house/root.ts";

/** A text that differs with each commit: values, seeds and names are drawn from it, so that none can be hard-coded. */
export function commitSeed(): string {
  return execFileSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" }).trim().slice(0, 16);
}
