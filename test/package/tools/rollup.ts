import { program } from "../application.ts";
import type { Recipe, Tool } from "./tool.ts";

/**
 * With the plugin that finds packages, without which Rollup bundles none. The client loads the code of SASL when it
 * logs in, so Rollup writes several files, unless an option puts all in one.
 */
const bundle =
  (format: "es" | "cjs", file: string, ...options: readonly string[]): Recipe =>
  (site, value) => {
    site.write("app.mjs", program(value, "import"));
    site.write(
      "rollup.config.mjs",
      `import { nodeResolve } from "@rollup/plugin-node-resolve";\nexport default { input: "app.mjs", plugins: ` +
        `[nodeResolve()] };\n`,
    );
    const to = ["--dir", site.elsewhere, "--entryFileNames", file];
    site.tool("rollup", "--config", "rollup.config.mjs", "--format", format, ...to, ...options);
    return site.bundle(file);
  };

export const ROLLUP: Tool = {
  name: "Rollup 4",
  packages: ["rollup@4.68.8", "@rollup/plugin-node-resolve@16.0.3"],
  recipes: {
    "ES modules": bundle("es", "out.mjs"),
    CommonJS: bundle("cjs", "out.cjs"),
    "one file": bundle("es", "out.mjs", "--inlineDynamicImports"),
  },
};
