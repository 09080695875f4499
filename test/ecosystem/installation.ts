// A folder with a client that is called kafkajs, the packages of a proof beside it, and the programs of
// test/ecosystem/programs.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { root } from "../house/root.ts";
import { packBoth as pack } from "../package/packed-kafkajs.ts";
import { must, run } from "../package/packed.ts";
import { Program } from "./program.ts";

/**
 * The package that is installed as kafkajs: kafkajs itself, which shows that a proof is right, or the alias for
 * @odradek/kafkajs.
 */
export type Client = "kafkajs" | "@odradek/kafkajs";

export const CLIENTS: readonly Client[] = ["kafkajs", "@odradek/kafkajs"];
export const KAFKAJS = "2.2.4";

/** The tarballs of Odradek and of the drop-in, as package.json names them. */
export interface Tarballs {
  readonly odradek: string;
  readonly kafkajs: string;
  remove(): void;
}

/** Packs what is built. */
export function packBoth(): Tarballs {
  const folder = mkdtempSync(join(tmpdir(), "odradek-tarballs-"));
  const { odradek, kafkajs } = pack(folder);
  return {
    ...{ odradek: `file:${odradek}`, kafkajs: `file:${kafkajs}` },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The dependencies in package.json for a client. */
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
  /** Default: npm. */
  readonly tool?: "npm" | "pnpm";
  /** Of npm install. */
  readonly args?: readonly string[];
  /** More dependencies, under names of their own. */
  readonly dependencies?: Readonly<Record<string, string>>;
  /** Packages that others get too, whatever they ask for. */
  readonly overrides?: Readonly<Record<string, string>>;
}

const PNPM = "12.21.0";

/** pnpm's entry, fetched once into the cache. */
function pnpm(): string {
  const folder = join(process.env["ODRADEK_CACHE"] ?? join(homedir(), ".cache", "odradek"), `pnpm-${PNPM}`);
  const entry = join(folder, "node_modules", "pnpm", "bin", "pnpm.mjs");
  if (!existsSync(entry)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }');
    must(run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", `pnpm@${PNPM}`], folder));
  }
  return entry;
}

type More = Omit<InstallOptions, "client" | "tarballs">;

export class Installation {
  readonly folder = mkdtempSync(join(tmpdir(), "odradek-ecosystem-"));
  readonly client: Client;
  readonly #node: string;

  constructor({ client, tarballs, node = process.execPath, ...options }: InstallOptions) {
    this.client = client;
    this.#node = node;
    const dependencies = { ...dependenciesOf(client, tarballs), ...options.dependencies };
    // pnpm has them in a file of its own.
    const overrides = options.tool === "pnpm" ? undefined : options.overrides;
    this.#write("package.json", { name: "user", private: true, dependencies, overrides });
    if (options.tool === "pnpm") this.#installWithPnpm(tarballs, options);
    else this.#installWithNpm(options);
    cpSync(join(root, "test", "ecosystem", "programs"), this.folder, { recursive: true });
  }

  #installWithNpm({ packages = [], args = [] }: More): void {
    const options = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", ...args];
    must(run("npm", ["install", ...options, ...packages], this.folder));
  }

  /** No registry has the tarballs: an override says where Odradek is. */
  #installWithPnpm(tarballs: Tarballs, { packages = [], overrides }: More): void {
    this.#write("pnpm-workspace.yaml", { packages: ["."], overrides: { odradek: tarballs.odradek, ...overrides } });
    const command = packages.length === 0 ? ["install"] : ["add", "--save-exact", ...packages];
    must(run(process.execPath, [pnpm(), ...command, "--ignore-scripts", "--prefer-offline"], this.folder));
  }

  /** JSON, which is YAML too. */
  #write(name: string, content: unknown): void {
    writeFileSync(join(this.folder, name), JSON.stringify(content, undefined, 2));
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
