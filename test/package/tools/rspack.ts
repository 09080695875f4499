import type { Tool } from "./tool.ts";
import { NEWER_NODE } from "./versions.ts";
import { bundleFor } from "./webpack.ts";

export const RSPACK: Tool = {
  name: "Rspack 2",
  packages: ["@rspack/core@2.3.3", "@rspack/cli@2.2.8"],
  node: NEWER_NODE,
  recipes: {
    "target node, from import": bundleFor(["rspack", "build"], "import"),
    "target node, from require": bundleFor(["rspack", "build"], "require"),
  },
};
