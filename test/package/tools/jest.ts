import { join } from "node:path";
import { testOf } from "../application.ts";
import type { Site } from "../site.ts";
import { type Recipe, TEST_TIMEOUT_MS, type Tool } from "./tool.ts";

/** Writes a test file and the whole configuration of Jest, and gives the command that runs it. */
export function jestCommand(site: Site, file: string, text: string, config: object = {}): readonly string[] {
  site.write(file, text);
  site.write("jest.config.json", JSON.stringify({ rootDir: site.folder, testTimeout: TEST_TIMEOUT_MS, ...config }));
  return [join(site.folder, "..", "node_modules", "jest", "bin", "jest.js"), "--ci", "--config", "jest.config.json"];
}

const commonJs: Recipe = (site, value) => {
  site.tool("node", ...jestCommand(site, "app.test.js", testOf(value, "require")));
  return site.report();
};

/** `--disable-warning`: Node's own word on the flag that Jest needs. */
const esModules: Recipe = (site, value) => {
  const command = jestCommand(site, "app.test.mjs", testOf(value, "import"), {
    testMatch: ["**/*.test.mjs"],
    transform: {},
  });
  site.tool("node", "--experimental-vm-modules", "--disable-warning=ExperimentalWarning", ...command);
  return site.report();
};

export const JEST_29: Tool = {
  name: "Jest 29",
  packages: ["jest@29.7.0"],
  recipes: { "CommonJS, as it comes": commonJs },
};

export const JEST_30: Tool = {
  name: "Jest 30",
  packages: ["jest@30.5.2"],
  recipes: { "CommonJS, as it comes": commonJs, "ES modules": esModules },
};
