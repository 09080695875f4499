import { join } from "node:path";
import { program } from "../application.ts";
import type { Recipe, Tool } from "./tool.ts";
import { ESBUILD_PACKAGE } from "./versions.ts";

const bundle =
  (format: "esm" | "cjs", file: string): Recipe =>
  (site, value) => {
    site.tool(
      "esbuild",
      site.write("app.mjs", program(value, "import")),
      "--bundle",
      "--platform=node",
      `--format=${format}`,
      "--log-level=info",
      `--outfile=${join(site.elsewhere, file)}`,
    );
    return site.bundle(file);
  };

export const ESBUILD: Tool = {
  name: "esbuild",
  packages: [ESBUILD_PACKAGE],
  recipes: { "ES modules": bundle("esm", "out.mjs"), CommonJS: bundle("cjs", "out.cjs") },
};
