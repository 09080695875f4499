// Tools that run an application's TypeScript without a build.
import { program } from "../application.ts";
import { must } from "../packed.ts";
import type { Recipe, Tool } from "./tool.ts";

const tsx =
  (file: "app.mts" | "app.cts"): Recipe =>
  (site, value) => {
    site.write(file, program(value, "import"));
    return must(site.run(site.folder, "tsx", file));
  };

/** Types are checked, against the package's own. */
const tsNode: Recipe = (site, value) => {
  site.write("app.ts", program(value, "import"));
  site.write(
    "tsconfig.json",
    JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        module: "CommonJS",
        moduleResolution: "Node10",
        esModuleInterop: true,
        types: ["node"],
      },
    }),
  );
  return must(site.run(site.folder, "ts-node", "app.ts"));
};

export const TYPESCRIPT_RUNNERS: readonly Tool[] = [
  { name: "tsx 4", packages: ["tsx@4.23.15"], recipes: { "ES modules": tsx("app.mts"), CommonJS: tsx("app.cts") } },
  {
    name: "ts-node 10",
    packages: ["ts-node@10.9.2", "typescript@5.9.3", "@types/node@20.19.43"],
    recipes: { "CommonJS, TypeScript 5.9, types checked": tsNode },
  },
];
