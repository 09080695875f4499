// Runs host-child.ts on Bun and Deno, beside the installed package.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { InstalledPackage } from "../../package/packed.ts";
import { runtime } from "../../package/tools/runtimes.ts";
import type { HostResult, HostWork } from "./host-child.ts";

const CHILD = fileURLToPath(new URL("host-child.js", import.meta.url));

/** A host other than Node. */
export type Host = "bun" | "deno";
export const HOSTS: readonly Host[] = ["bun", "deno"];

/** The output of a program on a host, in the folder of the installed package. It must end well. */
export async function outputOn(host: Host, folder: string, ...program: readonly string[]): Promise<string> {
  const [command, ...args] = runtime(host).command;
  // Not spawnSync: servers that the child talks to are in this process.
  const child = spawn(command, [...args, ...program], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 0, `${host}: ${stdout}${stderr}`);
  assert.equal(stderr, "", "the host itself has no warning");
  return stdout;
}

/** Runs the child on a host. The folder of the package has `entry.mjs`, which exports it. */
export async function runOn(
  host: Host,
  installed: InstalledPackage,
  work: Omit<HostWork, "entry">,
): Promise<HostResult> {
  const entry = pathToFileURL(join(installed.folder, "entry.mjs")).href;
  const argument = JSON.stringify({ ...work, entry } satisfies HostWork);
  return JSON.parse(await outputOn(host, installed.folder, CHILD, argument)) as HostResult;
}
