// The cells of each host over the network, with a real Kafka: the programs beside this file, each started as its host
// needs it.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { createTunnel } from "../../../src/tunnel.ts";
import { root } from "../../house/root.ts";
import { startWorkerd } from "../../workerd/workerd-host.ts";
import { type Found, outputOf } from "../one-trace/hosts.ts";
import { resultOfPage } from "../page-result.ts";

/** The columns, and in each "works", maybe with how, or the error. */
export type Cells = Readonly<Record<string, string>>;

/** The facts that the programs get. */
export interface Facts {
  /** A topic of one partition, and the name of a group and of a transaction. */
  readonly topic: string;
  /** Addresses of one broker: without TLS, with TLS, with TLS and SASL. */
  readonly plain: string;
  readonly tls: string;
  readonly sasl: string;
  /** The authority of the broker's certificate, in PEM. */
  readonly ca: string;
  readonly username: string;
  readonly password: string;
}

/** A host's cells over the network. */
export async function networkCells(name: string, found: Found, facts: Facts): Promise<Cells> {
  const { run, how } = OTHER_HOSTS[name] ?? { run: onNode, how: {} };
  const cells = await run(found, facts);
  return Object.fromEntries(
    Object.entries(cells).map(([column, cell]) => {
      const note = how[column] ?? how["every"];
      return [column, cell === "works" && note !== undefined ? `works, ${note}` : cell];
    }),
  );
}

const here = join(root, "test", "hosts", "network");
const dist = (name: string): string => join(root, "dist", name);

interface Way {
  readonly run: (found: Found, facts: Facts) => Promise<Cells>;
  /** A note behind "works", by column, or for every column. */
  readonly how: Readonly<Record<string, string>>;
}

const OTHER_HOSTS: Readonly<Record<string, Way>> = {
  workerd: { run: onWorkerd, how: {} },
  chromium: { run: inPage, how: { every: "through the tunnel" } },
  gjs: { run: onGjs, how: { SASL: "PLAIN alone" } },
  quickjs: {
    run: inQuickJs,
    how: { every: "by sockets of the host", SASL: "by sockets of the host, PLAIN alone" },
  },
};

/** Calls `use` with a new folder, and removes it. */
async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "odradek-network-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Node, Bun and Deno. */
async function onNode({ command: [file = "", ...args], env }: Found, facts: Facts): Promise<Cells> {
  const own = { ...facts, odradek: pathToFileURL(dist("node.js")).href };
  return JSON.parse(await outputOf(file, [...args, join(here, "in-node.mjs"), JSON.stringify(own)], env)) as Cells;
}

async function onWorkerd({ command: [command = ""] }: Found, facts: Facts): Promise<Cells> {
  const worker = await startWorkerd(join(here, "in-workerd.mjs"), {
    bindings: { FACTS: JSON.stringify(facts) },
    trusted: facts.ca,
    command,
  });
  try {
    return JSON.parse(await worker.get("/")) as Cells;
  } finally {
    await worker.stop();
  }
}

async function inPage(found: Found, facts: Facts): Promise<Cells> {
  const { outputFiles } = await build({
    entryPoints: [join(here, "in-page.mjs")],
    alias: { "odradek/browser": dist("browser.js") },
    ...{ bundle: true, format: "esm", platform: "browser", write: false, logLevel: "error" },
  });
  const tunnel = createTunnel({ allow: [facts.plain, facts.tls, facts.sasl], ca: facts.ca, path: "/kafka" });
  const server = createServer().on("upgrade", tunnel.upgrade);
  try {
    return await resultOfPage<Cells>(found, {
      html: '<script type="module" src="page.mjs"></script>',
      files: { "/page.mjs": outputFiles[0]?.text ?? "", "/facts": JSON.stringify(facts) },
      server,
    });
  } finally {
    tunnel.close();
  }
}

function onGjs({ command: [command = "", ...args], env }: Found, facts: Facts): Promise<Cells> {
  return inFolder(async (folder) => {
    const [file, caFile] = [join(folder, "in-gjs.mjs"), join(folder, "ca.pem")];
    writeFileSync(caFile, facts.ca);
    await build({
      entryPoints: [join(here, "in-gjs.mjs")],
      outfile: file,
      alias: { "odradek/core": dist("core.js") },
      external: ["gi://*"],
      ...{ bundle: true, format: "esm", platform: "neutral", logLevel: "error" },
    });
    const text = await outputOf(command, [...args, "-m", file, JSON.stringify({ ...facts, caFile })], env);
    return JSON.parse(text) as Cells;
  });
}

/** In QuickJS, with the platform and the connector of docs/platforms.md. `command`: the folder of its packages. */
function inQuickJs({ command: [packages = ""], env }: Found, facts: Facts): Promise<Cells> {
  return inFolder(async (folder) => {
    const page = readFileSync(join(root, "docs", "platforms.md"), "utf8");
    for (const [, text = "", name = ""] of page.matchAll(/^```js\n(\/\/ ([\w-]+\.mjs)\n[\s\S]*?)^```$/gm))
      writeFileSync(join(folder, name), text);
    for (const name of ["in-quickjs.mjs", "quickjs-host.mjs", "tries.mjs"])
      copyFileSync(join(here, name), join(folder, name));
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(root, join(folder, "node_modules", "odradek"));
    symlinkSync(
      join(packages, "node_modules", "quickjs-emscripten"),
      join(folder, "node_modules", "quickjs-emscripten"),
    );
    const args = [join(folder, "quickjs-host.mjs"), JSON.stringify(facts)];
    return JSON.parse(await outputOf(process.execPath, args, env)) as Cells;
  });
}
