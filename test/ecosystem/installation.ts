// A folder with a client that is called kafkajs, the packages of a proof beside it, and the programs of
// test/ecosystem/programs.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { root } from "../house/root.ts";
import { must, run } from "../package/packed.ts";
import { Program } from "./program.ts";

/**
 * What the name kafkajs stands for: the package itself, which shows that a proof is right, or the alias for
 * @odradek/kafkajs.
 */
export type Client = "kafkajs" | "@odradek/kafkajs";

export const CLIENTS: readonly Client[] = ["kafkajs", "@odradek/kafkajs"];
export const KAFKAJS = "2.2.4";

/** Both tarballs, packed once a process. */
export interface Tarballs {
  readonly folder: string;
  readonly odradek: string;
  readonly kafkajs: string;
}

/** Packs what is built: Odradek, and the drop-in. */
export function packBoth(): Tarballs {
  const folder = mkdtempSync(join(tmpdir(), "odradek-tarballs-"));
  must(run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], root));
  must(run(process.execPath, [join(root, "scripts", "bundle-kafkajs.mjs"), "--pack", folder], root));
  const find = (pattern: RegExp): string =>
    `file:${join(folder, readdirSync(folder).find((name) => pattern.test(name)) ?? "missing.tgz")}`;
  return { folder, odradek: find(/^odradek-\d/), kafkajs: find(/^odradek-kafkajs-/) };
}

/** What package.json says for a client. */
export function dependenciesOf(client: Client, tarballs: Tarballs): Readonly<Record<string, string>> {
  return client === "kafkajs" ? { kafkajs: KAFKAJS } : { kafkajs: tarballs.kafkajs, odradek: tarballs.odradek };
}

export interface InstallOptions {
  readonly client: Client;
  readonly tarballs: Tarballs;
  /** With versions, as npm takes them. */
  readonly packages?: readonly string[];
  /** Which Node runs the programs. Default: this one. */
  readonly node?: string;
  /** Of npm install. */
  readonly args?: readonly string[];
}

export class Installation {
  readonly folder = mkdtempSync(join(tmpdir(), "odradek-ecosystem-"));
  readonly client: Client;
  readonly #node: string;

  /** Installs with npm. */
  constructor({ client, tarballs, packages = [], node = process.execPath, args = [] }: InstallOptions) {
    this.client = client;
    this.#node = node;
    const dependencies = dependenciesOf(client, tarballs);
    writeFileSync(join(this.folder, "package.json"), JSON.stringify({ name: "user", private: true, dependencies }));
    const options = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", ...args];
    must(run("npm", ["install", ...options, ...packages], this.folder));
    cpSync(join(root, "test", "ecosystem", "programs"), this.folder, { recursive: true });
  }

  /** Starts a program. `before`: options of Node, as `--require`. */
  start(program: string, args: readonly string[], options: StartOptions = {}): Program {
    return new Program([this.#node, ...(options.before ?? []), join(this.folder, program), ...args], {
      cwd: this.folder,
      env: this.#env(options.env),
    });
  }

  /** Runs a program to its end, and gives the JSON of its last line. */
  async result<T>(program: string, args: readonly string[], options: StartOptions = {}): Promise<T> {
    return (await this.start(program, args, options).whenEnded()).json<T>();
  }

  /** Runs a command that is installed, such as jest; its output. */
  command(name: string, ...args: readonly string[]): string {
    return must(run(join(this.folder, "node_modules", ".bin", name), args, this.folder, this.#env()));
  }

  /** Whether the folder's npm finds the tree in order. */
  isValid(): boolean {
    return spawnSync("npm", ["ls", "--all"], { cwd: this.folder, stdio: "ignore" }).status === 0;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #env(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
    return {
      PATH: `${dirname(this.#node)}${delimiter}${process.env["PATH"] ?? ""}`,
      KAFKAJS_NO_PARTITIONER_WARNING: "1",
      ...more,
    };
  }
}

export interface StartOptions {
  readonly before?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}
