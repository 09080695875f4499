// The tarball as it is published, installed in a folder that has none of our node_modules.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { root } from "../house/root.ts";

export interface PackedFile {
  readonly path: string;
  readonly size: number;
}

/** The output of `npm pack`. */
interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly PackedFile[];
}

/** The result of a command. */
export interface Ran {
  readonly status: number | null;
  readonly text: string;
}

/** A folder with the package in it. */
export class InstalledPackage {
  readonly folder: string;
  readonly tarball: string;
  readonly size: number;
  readonly files: readonly PackedFile[];

  private constructor(folder: string, packed: Packed) {
    this.folder = folder;
    this.tarball = join(folder, packed.filename);
    this.size = packed.size;
    this.files = packed.files;
  }

  /** Packs what is built, and installs it, with other packages beside it. */
  static install(...others: readonly string[]): InstalledPackage {
    const folder = mkdtempSync(join(tmpdir(), "odradek-package-"));
    const text = must(run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], root));
    const [packed] = JSON.parse(text.slice(text.indexOf("["), text.lastIndexOf("]") + 1)) as Packed[];
    assert.ok(packed !== undefined);
    const installed = new InstalledPackage(folder, packed);
    installed.write("package.json", JSON.stringify({ name: "user", private: true }));
    must(run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", installed.tarball, ...others], folder));
    return installed;
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  run(command: string, ...args: readonly string[]): Ran {
    return run(command, args, this.folder);
  }

  /** Returns its output. Fails when it does not exit with 0. */
  mustRun(command: string, ...args: readonly string[]): string {
    return must(this.run(command, ...args));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The text is without colours: many tools colour what they print where `CI` or `FORCE_COLOR` is set. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Ran {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, npm_config_loglevel: "error", ...env },
    timeout: 300_000,
  });
  return { status, text: stripVTControlCharacters(`${stdout}${stderr}${error === undefined ? "" : String(error)}`) };
}

/** Returns the output of a command. Fails when it did not exit with 0. */
export function must({ status, text }: Ran): string {
  assert.equal(status, 0, text);
  return text;
}
