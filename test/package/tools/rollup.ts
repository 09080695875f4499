import { join } from "node:path";
import { program } from "../application.ts";
import type { Recipe, Tool } from "./tool.ts";

/** With the plugin that finds packages, without which Rollup bundles none. */
const bundle =
  (format: "es" | "cjs", file: string): Recipe =>
  (site, value) => {
    site.write("app.mjs", program(value, "import"));
    site.write(
      "rollup.config.mjs",
      `import { nodeResolve } from "@rollup/plugin-node-resolve";\nexport default { input: "app.mjs", plugins: ` +
        `[nodeResolve()] };\n`,
    );
    site.tool("rollup", "--config", "rollup.config.mjs", "--format", format, "--file", join(site.elsewhere, file));
    return site.bundle(file);
  };

export const ROLLUP: Tool = {
  name: "Rollup 4",
  packages: ["rollup@4.68.8", "@rollup/plugin-node-resolve@16.0.3"],
  recipes: { "ES modules": bundle("es", "out.mjs"), CommonJS: bundle("cjs", "out.cjs") },
};
