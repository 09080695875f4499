import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../house/root.ts";

/** The real workerd with one Worker. */
export interface WorkerdHost {
  /** Requests a path of the Worker, and returns the body. Rejects if the status is not 200. */
  get(path: string): Promise<string>;
  /** The same, with a body. */
  post(path: string, body: string): Promise<string>;
  /** The text that workerd has printed. */
  readonly output: () => string;
  /** Ends the process, waits for its end, and removes its files. */
  stop(): Promise<void>;
}

/** The configuration of a Worker. */
export interface WorkerOptions {
  /** The Worker's bindings: texts by name. */
  readonly bindings?: Readonly<Record<string, string>>;
  /** The names of the classes of Durable Objects; each has a binding of its own name. */
  readonly durableObjects?: readonly string[];
  /** A root certificate in PEM that TLS trusts. */
  readonly trusted?: string;
  /** The compatibility date. Default: one with Node's modules. */
  readonly compatibilityDate?: string;
  /** The file of workerd. Default: that of the package `workerd` of this repository. */
  readonly command?: string;
}

const LISTENS = /"event":\s*"listen".*?"port":\s*(\d+)/;

/** Bundles a Worker as its users' tools do, by the condition `workerd`, and starts workerd on a free port. */
export async function startWorkerd(file: string, options: WorkerOptions = {}): Promise<WorkerdHost> {
  const folder = mkdtempSync(join(tmpdir(), "odradek-workerd-"));
  await build({
    entryPoints: [file],
    outfile: join(folder, "worker.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker"],
    external: ["cloudflare:*", "node:*"],
    alias: packageAlias(),
    logLevel: "error",
  });
  writeFileSync(join(folder, "config.capnp"), configuration(options));
  const binary = createRequire(join(root, "package.json"))("workerd") as { readonly default: string };
  const child = spawn(options.command ?? binary.default, ["serve", "--control-fd=3", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const text = { printed: "" };
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Uint8Array) => (text.printed += Buffer.from(chunk).toString()));
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);
  const port = await listening(child, () => text.printed);
  const ask = async (path: string, request: RequestInit): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, request);
    const body = await response.text();
    if (response.status !== 200) throw new Error(`${path}: ${response.status}: ${body}\n${text.printed}`);
    return body;
  };
  return {
    output: () => text.printed,
    get: (path) => ask(path, {}),
    post: (path, body) => ask(path, { method: "POST", body }),
    stop: async () => {
      process.off("exit", kill);
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.signalCode === null) {
        kill();
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listening(child: ChildProcess, output: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    let events = "";
    child.stdio[3]?.on("data", (chunk: Uint8Array) => {
      events += Buffer.from(chunk).toString();
      const port = LISTENS.exec(events)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once("exit", (code) => reject(new Error(`workerd ended with ${code ?? "a signal"}: ${output()}`)));
  });
}

/** The package as it is built here: its `exports`, with the condition `workerd`. */
function packageAlias(): Record<string, string> {
  const { exports } = createRequire(join(root, "package.json"))("./package.json") as {
    readonly exports: Readonly<Record<string, string | Exported>>;
  };
  return Object.fromEntries(
    Object.entries(exports)
      .flatMap(([name, found]) => {
        const target = typeof found === "string" ? found : (found.workerd?.import ?? found.default);
        return target.endsWith(".js") ? [[join("odradek", name), join(root, target)]] : [];
      })
      .reverse(), // esbuild takes the first prefix
  ) as Record<string, string>;
}

interface Exported {
  readonly workerd?: { readonly import: string };
  readonly default: string;
}

function configuration(options: WorkerOptions): string {
  const { bindings = {}, durableObjects = [], trusted, compatibilityDate = "2026-11-01" } = options;
  const bound = [
    ...Object.entries(bindings).map(([name, text]) => `(name = ${quoted(name)}, text = ${quoted(text)})`),
    ...durableObjects.map((name) => `(name = ${quoted(name)}, durableObjectNamespace = ${quoted(name)})`),
  ];
  const objects = durableObjects.map((name) => `(className = ${quoted(name)}, uniqueKey = ${quoted(name)})`);
  const trust = trusted === undefined ? "" : `, trustedCertificates = [${quoted(trusted)}]`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "net", network = (allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true${trust}))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = ${quoted(compatibilityDate)},
  globalOutbound = "net",
  bindings = [${bound.join(", ")}],
  durableObjectNamespaces = [${objects.join(", ")}],
  durableObjectStorage = (inMemory = void),
);
`;
}

/** A text of Cap'n Proto's language. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
