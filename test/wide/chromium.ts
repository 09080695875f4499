import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../house/root.ts";

interface Browser {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The browser that is named in ODRADEK_CHROMIUM or installed, or else Debian's, which scripts/hosts.mjs unpacks. */
function chromium(): Browser {
  const installed = process.env["ODRADEK_CHROMIUM"] ?? "chromium-headless-shell";
  if (spawnSync(installed, ["--version"], { stdio: "ignore" }).status === 0) return { command: [installed], env: {} };
  const found = execFileSync(process.execPath, [join(root, "scripts", "hosts.mjs"), "chromium"], { encoding: "utf8" });
  const [browser] = Object.values(JSON.parse(found) as Record<string, Browser>);
  if (browser === undefined) throw new Error("there is no Chromium: set ODRADEK_CHROMIUM");
  return browser;
}

/** Opens a page in a headless Chromium. `close` ends the browser and removes its files. */
export function openPage(url: string): { readonly close: () => Promise<void> } {
  const {
    command: [command = "", ...args],
    env,
  } = chromium();
  const folder = mkdtempSync(join(tmpdir(), "odradek-chromium-"));
  const flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server"];
  const child: ChildProcess = spawn(
    command,
    [
      ...args,
      ...flags,
      "--disable-background-networking",
      "--remote-debugging-port=0",
      `--user-data-dir=${folder}`,
      url,
    ],
    { stdio: "ignore", detached: true, env: { ...process.env, ...env } }, // its own processes would keep a pipe open
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
