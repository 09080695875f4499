import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Opens a page in a headless Chromium. `close` ends the browser and removes its files. */
export function openPage(url: string): { readonly close: () => Promise<void> } {
  const command = process.env["ODRADEK_CHROMIUM"] ?? "chromium-headless-shell";
  if (spawnSync(command, ["--version"], { stdio: "ignore" }).status !== 0)
    throw new Error(`${command} does not run: apt-get install chromium-headless-shell, or set ODRADEK_CHROMIUM`);
  const folder = mkdtempSync(join(tmpdir(), "odradek-chromium-"));
  const flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"];
  const child: ChildProcess = spawn(
    command,
    [...flags, "--disable-background-networking", "--remote-debugging-port=0", `--user-data-dir=${folder}`, url],
    { stdio: "ignore", detached: true }, // its own processes would keep a pipe open
  );
  // The command is a script that starts the browser: the whole group is ended.
  const kill = (): boolean => process.kill(-(child.pid ?? 0), "SIGKILL");
  process.once("exit", kill);
  return {
    close: () =>
      new Promise((resolve) => {
        child.once("exit", () => {
          process.off("exit", kill);
          rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
          resolve();
        });
        kill();
      }),
  };
}
