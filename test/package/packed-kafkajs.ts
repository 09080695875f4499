// Both tarballs, installed into an empty folder by npm or by pnpm: kafkajs is the drop-in there.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../house/root.ts";
import { must, type Ran, run } from "./packed.ts";

/** The version of pnpm that installs. */
export const PNPM = "pnpm@10.15.0";

/** The two tarballs. */
export interface Tarballs {
  readonly odradek: string;
  readonly kafkajs: string;
}

/** Packs what is built. */
export function packBoth(folder: string): Tarballs {
  const pack = (from: string): string => {
    const text = must(run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], from));
    const [packed] = JSON.parse(text.slice(text.indexOf("["), text.lastIndexOf("]") + 1)) as { filename: string }[];
    return join(folder, packed!.filename.replace("@", "").replace("/", "-"));
  };
  return { odradek: pack(root), kafkajs: pack(join(root, "packages/kafkajs/dist")) };
}

/** A folder with `kafkajs` as an alias of the drop-in. */
export class UserFolder {
  readonly folder: string = mkdtempSync(join(tmpdir(), "odradek-kafkajs-"));
  readonly manager: "npm" | "pnpm";

  constructor(manager: "npm" | "pnpm") {
    this.manager = manager;
  }

  /** Installs the drop-in, and other packages by name and version or path; `more` are further overrides. */
  install({ odradek, kafkajs }: Tarballs, others: Readonly<Record<string, string>> = {}, more: object = {}): string {
    for (const left of ["package-lock.json", "pnpm-lock.yaml", "node_modules"])
      rmSync(join(this.folder, left), { recursive: true, force: true });
    const overrides = { odradek: `file:${odradek}`, ...more };
    this.write(
      "package.json",
      JSON.stringify({
        name: "user",
        private: true,
        dependencies: { kafkajs: `file:${kafkajs}`, odradek: `file:${odradek}`, ...others },
        ...(this.manager === "pnpm" ? { pnpm: { overrides } } : { overrides: more }),
      }),
    );
    const flags = ["--ignore-scripts"];
    return this.manager === "npm"
      ? must(run("npm", ["install", ...flags, "--no-audit", "--no-fund"], this.folder))
      : must(run("npx", ["--yes", PNPM, "install", ...flags], this.folder));
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  run(command: string, ...args: readonly string[]): Ran {
    return run(command, args, this.folder);
  }

  /** Runs a program with Node, and returns its output. */
  node(name: string, text: string): string {
    return must(this.run(process.execPath, this.write(name, text))).trim();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
