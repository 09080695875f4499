// Where a tool works: a folder of its own beside the installed package, and another folder, without node_modules, for
// what it built.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { root } from "../house/root.ts";
import { ChildServer } from "./child-server.ts";
import { type InstalledPackage, type Ran, must, run } from "./packed.ts";

/** `odradek broker` of the installed package, as a process of its own. */
export async function startBroker(installed: InstalledPackage): Promise<ChildServer> {
  return ChildServer.start(
    process.execPath,
    [join(installed.folder, "node_modules", "odradek", "dist", "cli", "main.js"), "broker", "--port", "0"],
    { cwd: installed.folder, ready: /^bootstrap servers: (\S+)$/m },
  );
}

/** The oldest Node that is promised. It loads its own modules in another way than newer ones. */
export const OLDEST_NODE = "20.0.0";

/** The binary of a version of Node, which npm has as a package. */
export function nodeBinary(version: string): string {
  const found = JSON.parse(
    execFileSync(process.execPath, [join(root, "scripts", "nodes.mjs"), version], { encoding: "utf8" }),
  ) as Readonly<Record<string, string>>;
  return found[version] ?? "";
}

/** Texts that a tool may not print. */
export const COMPLAINT = /\bwarn|\berror|deprecat|did not exit|open handle/i;

export interface SiteOptions {
  readonly installed: InstalledPackage;
  /** The name of the tool's folder. */
  readonly name: string;
  /** The address of `odradek broker`. */
  readonly broker: string;
  /** The Node that tools run on. */
  readonly node: string;
  /** The Nodes that bundles run on, each. */
  readonly bundleNodes: readonly string[];
}

export class Site {
  readonly folder: string;
  /** A folder from which no node_modules can be seen. */
  readonly elsewhere: string;
  readonly node: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #options: SiteOptions;

  constructor(options: SiteOptions) {
    this.#options = options;
    this.node = options.node;
    this.folder = join(options.installed.folder, options.name);
    mkdirSync(this.folder);
    this.elsewhere = mkdtempSync(join(tmpdir(), "odradek-elsewhere-"));
    this.env = {
      PATH: `${dirname(options.node)}${delimiter}${join(options.installed.folder, "node_modules", ".bin")}${delimiter}${process.env["PATH"] ?? ""}`,
      ODRADEK_BROKER: options.broker,
      ODRADEK_REPORT: join(this.elsewhere, "report.txt"),
      NEXT_TELEMETRY_DISABLED: "1",
    };
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** Runs a tool in its folder; it may print what it likes, but no complaint. */
  tool(command: string, ...args: readonly string[]): string {
    const text = must(this.run(this.folder, command, ...args));
    assert.doesNotMatch(text, COMPLAINT, `${command} complains`);
    return text;
  }

  /** Runs a command in a folder. */
  run(folder: string, command: string, ...args: readonly string[]): Ran {
    return run(command, args, folder, this.env);
  }

  /** Runs a bundle from elsewhere, on each Node, and gives what they print, which must be the same. */
  bundle(file: string): string {
    const texts = this.#options.bundleNodes.map((node) =>
      must(run(node, [join(this.elsewhere, file)], this.elsewhere, this.env)),
    );
    assert.equal(new Set(texts).size, 1, texts.join(""));
    return texts[0] ?? "";
  }

  /** The result that a test in a runner has written. */
  report(): string {
    return readFileSync(this.env["ODRADEK_REPORT"] ?? "", "utf8");
  }

  remove(): void {
    rmSync(this.elsewhere, { recursive: true, force: true });
  }
}
