import { testOf } from "../application.ts";
import { type Recipe, TEST_TIMEOUT_MS, type Tool } from "./tool.ts";
import { NEWER_NODE, VITE_PACKAGE } from "./versions.ts";

const inPool =
  (pool: "forks" | "threads", environment: "node" | "jsdom" = "node"): Recipe =>
  (site, value) => {
    site.write("app.test.mjs", testOf(value, "import"));
    const options = { globals: true, pool, environment, testTimeout: TEST_TIMEOUT_MS };
    site.write("vitest.config.mjs", `export default { test: ${JSON.stringify(options)} };\n`);
    site.tool("vitest", "run");
    return site.report();
  };

const RECIPES = { forks: inPool("forks"), threads: inPool("threads"), "environment jsdom": inPool("forks", "jsdom") };
const JSDOM = "jsdom@26.1.0";

export const VITESTS: readonly Tool[] = [
  { name: "Vitest 4", packages: ["vitest@4.1.12", VITE_PACKAGE, JSDOM], recipes: RECIPES },
  { name: "Vitest 5", packages: ["vitest@5.1.2", VITE_PACKAGE, JSDOM], node: NEWER_NODE, recipes: RECIPES },
];
