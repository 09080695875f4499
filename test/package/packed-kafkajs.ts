// Both tarballs, installed into an empty folder by npm, pnpm or Yarn: kafkajs is the drop-in there.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../house/root.ts";
import { must, type Ran, run } from "./packed.ts";

/** The version of pnpm that installs. */
export const PNPM = "pnpm@10.15.0";

/** The package with the version of Yarn that installs; npm's own package `yarn` ends with version 1. */
const YARN = "@yarnpkg/cli-dist@4.18.1";

/** A way to install: Yarn has one that writes `node_modules`, and Plug'n'Play, which reads packages from archives. */
export type PackageManager = "npm" | "pnpm" | "yarn" | "yarn-pnp";

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
  readonly manager: PackageManager;

  constructor(manager: PackageManager) {
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
        resolutions: overrides, // Yarn's
      }),
    );
    const flags = ["--ignore-scripts"];
    switch (this.manager) {
      case "npm":
        return must(run("npm", ["install", ...flags, "--no-audit", "--no-fund"], this.folder));
      case "pnpm":
        return must(run("npx", ["--yes", PNPM, "install", ...flags], this.folder));
      case "yarn":
      case "yarn-pnp": {
        const linker = this.manager === "yarn" ? "node-modules" : "pnp";
        // A folder of its own for archives, and no lockfile of a folder above.
        this.write(".yarnrc.yml", `nodeLinker: ${linker}\nenableTelemetry: false\nenableGlobalCache: false\n`);
        this.write("yarn.lock", "");
        return must(this.#yarn("install", "--mode=skip-build", "--no-immutable"));
      }
    }
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
    const path = this.write(name, text);
    return must(this.manager === "yarn-pnp" ? this.#yarn("node", path) : this.run(process.execPath, path)).trim();
  }

  #yarn(...args: readonly string[]): Ran {
    return this.run("npx", "--yes", `--package=${YARN}`, "yarn", ...args);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
