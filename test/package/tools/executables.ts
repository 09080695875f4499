// One file that holds the application and its runtime.
import { chmodSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../application.ts";
import { must } from "../packed.ts";
import { runtime } from "./runtimes.ts";
import type { Recipe, Tool } from "./tool.ts";
import { ESBUILD_PACKAGE, NEWER_NODE } from "./versions.ts";

const bunCompile: Recipe = (site, value) => {
  const file = join(site.elsewhere, "application");
  site.tool(
    runtime("bun").command[0],
    "build",
    "--compile",
    site.write("app.mjs", program(value, "import")),
    "--outfile",
    file,
  );
  return must(site.run(site.elsewhere, file));
};

/** The fuse that Node's documentation names. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

/** `postject` says of every Node that it misses a section's name, so that its output is not looked at. */
const singleExecutable: Recipe = (site, value) => {
  site.tool(
    "esbuild",
    site.write("app.mjs", program(value, "import")),
    "--bundle",
    "--platform=node",
    "--format=cjs",
    "--outfile=out.cjs",
  );
  site.write("sea.json", JSON.stringify({ main: "out.cjs", output: "sea.blob", disableExperimentalSEAWarning: true }));
  site.tool("node", "--experimental-sea-config", "sea.json");
  const file = join(site.elsewhere, "application");
  copyFileSync(site.node, file);
  chmodSync(file, 0o755);
  must(site.run(site.folder, "postject", file, "NODE_SEA_BLOB", "sea.blob", "--sentinel-fuse", FUSE));
  return must(site.run(site.elsewhere, file));
};

const SEA_PACKAGES = ["postject@1.0.0-alpha.6", ESBUILD_PACKAGE];
const SEA_RECIPES = { "esbuild's CommonJS bundle, by postject": singleExecutable };

export const EXECUTABLES: readonly Tool[] = [
  { name: "Bun's compile", packages: [], host: () => runtime("bun").version, recipes: { "from import": bunCompile } },
  { name: "Node's single executable", packages: SEA_PACKAGES, node: "20.20.2", recipes: SEA_RECIPES },
  { name: "Node's single executable", packages: SEA_PACKAGES, node: NEWER_NODE, recipes: SEA_RECIPES },
];
