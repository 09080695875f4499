import { program } from "../application.ts";
import type { Modules } from "../application.ts";
import type { Recipe, Tool } from "./tool.ts";

/** webpack and Rspack, which takes webpack's configuration: nothing is set beside the target. */
export const bundleFor =
  (command: readonly [string, ...string[]], modules: Modules): Recipe =>
  (site, value) => {
    const entry = site.write(modules === "import" ? "app.mjs" : "app.cjs", program(value, modules));
    const output = { path: site.elsewhere, filename: "out.cjs" };
    site.write(
      "bundler.config.cjs",
      `module.exports = ${JSON.stringify({ mode: "production", target: "node", entry, output })};`,
    );
    const [name, ...args] = command;
    site.tool(name, ...args, "--config", "bundler.config.cjs");
    return site.bundle("out.cjs");
  };

export const WEBPACK: Tool = {
  name: "webpack 5",
  packages: ["webpack@5.113.0", "webpack-cli@6.0.1"],
  recipes: {
    "target node, from import": bundleFor(["webpack"], "import"),
    "target node, from require": bundleFor(["webpack"], "require"),
  },
};
