// Whether dist is what the compiled sources give: bundling costs 20 s of CPU, and most changes are to tests.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/** What else decides what dist is. */
const TOOLS = [
  ...[
    "bundle",
    "chunks",
    "common-js",
    "fflate-parts",
    "hide-internals",
    "pure-initializers",
    "shared-types",
    "type-exports",
  ].map((name) => `scripts/${name}.mjs`),
  "package-lock.json",
];

/** The digest of what went into dist, and of dist, as the last bundling left them. */
export class BundleStamp {
  #root;
  #compiled;
  #dist;

  constructor(root, { compiled, dist }) {
    this.#root = root;
    this.#compiled = compiled;
    this.#dist = dist;
  }

  isCurrent() {
    return existsSync(this.#file) && existsSync(this.#dist) && readFileSync(this.#file, "utf8") === this.#digest();
  }

  write() {
    writeFileSync(this.#file, this.#digest());
  }

  get #file() {
    return join(this.#root, "build", "bundle.stamp");
  }

  #digest() {
    const inputs = filesOf(this.#compiled).filter((path) => /\.(js|d\.ts)$/.test(path) && !/\.test\./.test(path));
    const hash = createHash("sha256");
    for (const path of [...inputs, ...TOOLS.map((name) => join(this.#root, name)), ...filesOf(this.#dist)]) {
      hash
        .update(`${relative(this.#root, path)}\0`)
        .update(readFileSync(path))
        .update("\0");
    }
    return hash.digest("hex");
  }
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
