// The hosts themselves, which run the application from the folder where the package is installed.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../../house/root.ts";
import { type Modules, program } from "../application.ts";
import { must } from "../packed.ts";
import type { Recipe, Tool } from "./tool.ts";

/**
 * §1's versions: those before `process.getBuiltinModule`, before Node finds out about modules, before it requires them,
 * and the newest.
 */
const NODES = ["20.0.0", "20.9.0", "20.18.3", "21.7.3", "22.0.0", "22.6.0", "22.12.0", "24.0.0", "26.10.0"];

type Command = readonly [string, ...string[]];

export interface Runtime {
  /** As `bun@1.4.5`. */
  readonly version: string;
  readonly command: Command;
}

/** A runtime that scripts/runtimes.mjs fetches. */
export function runtime(name: "bun" | "deno"): Runtime {
  const commands = JSON.parse(
    execFileSync(process.execPath, [join(root, "scripts", "runtimes.mjs")], { encoding: "utf8" }),
  ) as Readonly<Record<string, Command>>;
  const found = Object.entries(commands).find(([key]) => key.startsWith(`${name}@`));
  if (found === undefined) throw new Error(`scripts/runtimes.mjs gives no ${name}`);
  return { version: found[0], command: found[1] };
}

const runsOn =
  (command: () => Command, modules: Modules): Recipe =>
  (site, value) => {
    const [file, ...args] = command();
    return must(
      site.run(
        site.folder,
        file,
        ...args,
        site.write(modules === "import" ? "app.mjs" : "app.cjs", program(value, modules)),
      ),
    );
  };

const uses = (command: () => Command): Tool["recipes"] => ({
  import: runsOn(command, "import"),
  require: runsOn(command, "require"),
});

export const HOSTS: readonly Tool[] = [
  ...NODES.map((version) => ({ name: "Node", packages: [], node: version, recipes: uses(() => ["node"]) })),
  ...(["bun", "deno"] as const).map((name) => ({
    name: name === "bun" ? "Bun" : "Deno",
    packages: [],
    host: () => runtime(name).version,
    recipes: uses(() => runtime(name).command),
  })),
];
