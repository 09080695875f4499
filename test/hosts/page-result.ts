// Runs the scripts of a page in headless Chromium. The page comes from a server on loopback, to which it posts its
// result.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How Chromium is started. */
interface Browser {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** A page. */
export interface Page {
  readonly html: string;
  /** Its other files: contents by path. Those whose path ends with ".js" or ".mjs" are scripts. */
  readonly files: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly server?: Server;
}

/** The JSON that the page posts to `/result`. Rejects if that has a `failure`, or if Chromium ends before. */
export async function resultOfPage<T>(browser: Browser, page: Page): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), "odradek-chromium-"));
  const { server = createServer(), query = "" } = page;
  try {
    const posted = postOf(server, page);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const [command = ""] = browser.command;
    const flags = ["--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
    const child = spawn(command, [...flags, `http://127.0.0.1:${port}/${query}`], {
      env: { ...process.env, ...browser.env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
    const ended = new Promise<never>((_, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`Chromium ended with ${code}: ${errors}`)));
    });
    try {
      const result = await Promise.race([posted, ended]);
      if (result.failure !== undefined) throw new Error(`in the page: ${result.failure}`);
      return result as T;
    } finally {
      ended.catch(() => undefined);
      const hasExited = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.kill()) await hasExited;
    }
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Serves the page and its files, and resolves with what the page posts. */
function postOf(server: Server, { html, files }: Page): Promise<{ readonly failure?: string }> {
  return new Promise((resolve) => {
    server.on("request", (request, response) => {
      const path = new URL(request.url ?? "/", "http://page").pathname;
      const file = files[path];
      if (file !== undefined) {
        const type = /\.m?js$/.test(path) ? "text/javascript" : "application/json";
        response.setHeader("content-type", type).end(file);
      } else if (path === "/result") {
        let text = "";
        request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        request.once("end", () => {
          response.end();
          resolve(JSON.parse(text) as { readonly failure?: string });
        });
      } else {
        response.setHeader("content-type", "text/html").end(html);
      }
    });
  });
}
