// Runs the script in a page of headless Chromium. The page comes from a server on loopback, to which it posts its
// traces.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../house/root.ts";
import type { Start, Traces } from "./hosts.ts";

/** The post of the page. */
interface Posted {
  readonly traces?: Traces;
  readonly failure?: string;
}

export async function tracesOfPage({ command: [command = ""], script, seeds, env }: Start): Promise<Traces> {
  const profile = mkdtempSync(join(tmpdir(), "odradek-chromium-"));
  const server = createServer();
  try {
    const posted = postOf(server, script);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const flags = ["--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", `--user-data-dir=${profile}`];
    const child = spawn(command, [...flags, `http://127.0.0.1:${port}/?seeds=${seeds.join()}`], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
    const ended = new Promise<never>((_, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`Chromium ended with ${code}: ${errors}`)));
    });
    try {
      const { traces, failure } = await Promise.race([posted, ended]);
      if (traces === undefined) throw new Error(`in the page: ${failure}`);
      return traces;
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

/** Serves the page and its two scripts, and resolves with what the page posts. */
function postOf(server: Server, script: string): Promise<Posted> {
  const files: Readonly<Record<string, string>> = {
    "/trace.js": script,
    "/page.mjs": join(root, "test", "hosts", "one-trace", "in-page.mjs"),
  };
  return new Promise((resolve) => {
    server.on("request", (request, response) => {
      const path = new URL(request.url ?? "/", "http://page").pathname;
      const file = files[path];
      if (file !== undefined) {
        response.setHeader("content-type", "text/javascript").end(readFileSync(file));
      } else if (path === "/result") {
        let text = "";
        request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        request.once("end", () => {
          response.end();
          resolve(JSON.parse(text) as Posted);
        });
      } else {
        response
          .setHeader("content-type", "text/html")
          .end('<script src="trace.js"></script><script type="module" src="page.mjs"></script>');
      }
    });
  });
}
