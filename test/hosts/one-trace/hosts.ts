// The hosts that run the one program, and how each is started.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../house/root.ts";
import { runtimes } from "../traces.ts";
import { tracesOfPage } from "./page.ts";

/** The hash of each seed. */
export type Traces = Readonly<Record<string, string>>;

/** One start of a host. */
export interface Start {
  readonly script: string;
  readonly seeds: readonly number[];
  /** The host's command and its first arguments. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Runs the script with each seed on a host. */
type Runner = (start: Start) => Promise<Traces> | Traces;

/** The output of a command. Fails, with what it wrote to its standard error, when it does not exit with 0. */
export function outputOf(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let [text, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors += chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve(text);
      else reject(new Error(`${command} ended with ${code ?? signal}: ${errors}${text}`));
    });
  });
}

const program = (name: string): string => join(root, "test", "hosts", "one-trace", name);

/** A runner whose program prints the traces, and nothing else. */
function printing(args: (start: Start) => readonly string[]): Runner {
  return async (start) => {
    const [command = "", ...rest] = args(start);
    return JSON.parse(
      await outputOf(command, [...rest, start.script, ...start.seeds.map(String)], start.env),
    ) as Traces;
  };
}

const onNode = printing(({ command }) => [...command, program("in-node.mjs")]);

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  modules = [(name = "worker", esModule = embed "in-workerd.mjs"), (name = "trace.js", esModule = embed "trace.js")],
  bindings = [(name = "SEEDS", json = "SEEDS_JSON")],
  compatibilityDate = "2026-11-17",
  compatibilityFlags = ["no_nodejs_compat", "no_nodejs_compat_v2"]))]);
`;

const onWorkerd: Runner = async ({ command: [command = ""], script, seeds, env }) => {
  const folder = mkdtempSync(join(tmpdir(), "odradek-workerd-"));
  try {
    copyFileSync(script, join(folder, "trace.js"));
    copyFileSync(program("in-workerd.mjs"), join(folder, "in-workerd.mjs"));
    writeFileSync(join(folder, "config.capnp"), CONFIG.replace("SEEDS_JSON", JSON.stringify(seeds)));
    const text = await outputOf(command, ["test", join(folder, "config.capnp")], env);
    return JSON.parse(/^traces: (.*)$/m.exec(text)?.[1] ?? text) as Traces;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export interface Host {
  readonly name: string;
  readonly engine: "V8" | "JavaScriptCore" | "SpiderMonkey" | "QuickJS";
  /** The locale and the time zone of its process. */
  readonly env: NodeJS.ProcessEnv;
  readonly run: Runner;
}

const KATHMANDU: NodeJS.ProcessEnv = { TZ: "Asia/Kathmandu", LC_ALL: "C" };
/** "aa" is the last letter of Danish, and upper case is before lower case. */
const DANISH: NodeJS.ProcessEnv = { TZ: "Pacific/Chatham", LC_ALL: "da_DK.UTF-8" };
const TURKISH: NodeJS.ProcessEnv = { TZ: "America/St_Johns", LC_ALL: "tr_TR.UTF-8" };

export const HOSTS: readonly Host[] = [
  { name: "node-20", engine: "V8", env: TURKISH, run: onNode },
  { name: "node-22", engine: "V8", env: KATHMANDU, run: onNode },
  { name: "node-24", engine: "V8", env: TURKISH, run: onNode },
  { name: "node-26", engine: "V8", env: DANISH, run: onNode },
  { name: "bun", engine: "JavaScriptCore", env: TURKISH, run: onNode },
  { name: "deno", engine: "V8", env: DANISH, run: onNode },
  { name: "workerd", engine: "V8", env: KATHMANDU, run: onWorkerd },
  { name: "chromium", engine: "V8", env: TURKISH, run: tracesOfPage },
  {
    name: "gjs",
    engine: "SpiderMonkey",
    env: KATHMANDU,
    run: printing(({ command }) => [...command, "-m", program("in-gjs.mjs")]),
  },
  {
    name: "quickjs",
    engine: "QuickJS",
    env: KATHMANDU,
    run: printing(({ command: [folder = ""] }) => [process.execPath, program("in-quickjs.mjs"), folder]),
  },
];

/** The newest host of each engine that a submission runs. */
export const ONE_OF_EACH_ENGINE: readonly string[] = ["node-26", "bun", "gjs", "quickjs"];

/** The Node that runs the tests. */
export function tracesHere(script: string, seeds: readonly number[]): Promise<Traces> | Traces {
  return onNode({ script, seeds, command: [process.execPath], env: { TZ: "UTC", LC_ALL: "C" } });
}

/** A host that is in the cache, and how to start it. */
export interface Found {
  /** Name and version. */
  readonly version: string;
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly run: (script: string, seeds: readonly number[]) => Promise<Traces>;
}

/** Fetches a host into the cache, unless it is there. */
export function findHost(name: string): Found {
  const host = HOSTS.find((one) => one.name === name);
  assert.ok(host !== undefined, `there is no host ${name}`);
  const { version, command, env } = commandOf(name);
  return {
    version,
    command,
    env: { ...env, ...host.env },
    run: async (script, seeds) => host.run({ script, seeds, command, env: { ...env, ...host.env } }),
  };
}

function commandOf(name: string): {
  readonly version: string;
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
} {
  if (/^(node-\d+|bun|deno)$/.test(name)) {
    const [version = "", command = []] = Object.entries(runtimes()).find(([key]) => key.startsWith(`${name}@`)) ?? [];
    return { version, command, env: {} };
  }
  const text = execFileSync(process.execPath, [join(root, "scripts", "hosts.mjs"), name], { encoding: "utf8" });
  const [[version, found] = ["", { command: [], env: {} }]] = Object.entries(
    JSON.parse(text) as Readonly<
      Record<string, { readonly command: readonly string[]; readonly env: NodeJS.ProcessEnv }>
    >,
  );
  return { version, ...found };
}
