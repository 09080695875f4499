// Every host and tool that the package promises to work with; leaves the rows of docs/MATRIX.md. ODRADEK_WIDE, a
// regular expression, chooses tools by name; then no row is left.
import { after, test } from "node:test";
import assert from "node:assert/strict";
import { lineOf } from "../package/application.ts";
import type { ChildServer } from "../package/child-server.ts";
import { commitSeed } from "../package/commit-seed.ts";
import { InstalledPackage } from "../package/packed.ts";
import { OLDEST_NODE, Site, nodeBinary, startBroker } from "../package/site.ts";
import { TOOLS } from "../package/tools/all.ts";
import type { Recipe, Tool } from "../package/tools/tool.ts";
import { type Row, writeRows } from "./matrix.ts";

const chosen = process.env["ODRADEK_WIDE"];
const rows: Row[] = [];

interface Installation {
  readonly installed: InstalledPackage;
  readonly broker: ChildServer;
}

/** One for each list of packages. */
const installations = new Map<string, Promise<Installation>>();

async function install(packages: readonly string[]): Promise<Installation> {
  const installed = InstalledPackage.install(...packages);
  return { installed, broker: await startBroker(installed) };
}

function installationFor({ packages }: Tool): Promise<Installation> {
  const key = packages.join(" ");
  const found = installations.get(key) ?? install(packages);
  installations.set(key, found);
  return found;
}

after(async () => {
  if (chosen === undefined) writeRows("tools", rows);
  for (const installation of await Promise.allSettled(installations.values())) {
    if (installation.status === "rejected") continue;
    await installation.value.broker.stop();
    installation.value.installed.remove();
  }
});

async function tryRecipe(tool: Tool, recipe: Recipe, name: string): Promise<void> {
  const { installed, broker } = await installationFor(tool);
  const node = tool.node === undefined ? process.execPath : nodeBinary(tool.node);
  const site = new Site({ installed, name, broker: broker.ready, node, bundleNodes: [node, nodeBinary(OLDEST_NODE)] });
  const value = `${commitSeed()}-${name}`;
  try {
    assert.equal(await recipe(site, value), lineOf(value));
  } finally {
    site.remove();
  }
}

for (const [i, tool] of TOOLS.entries()) {
  if (chosen !== undefined && !new RegExp(chosen).test(tool.name)) continue;
  for (const [j, [what, recipe]] of Object.entries(tool.recipes).entries()) {
    const versions = [...tool.packages, tool.host?.() ?? `Node ${tool.node ?? process.versions.node}`].join(", ");
    test(`${tool.name}, ${what} (${versions})`, async () => {
      const row = { what: `${tool.name}: ${what}`, versions };
      try {
        await tryRecipe(tool, recipe, `${i}-${j}`);
        rows.push({ ...row, failure: undefined });
      } catch (error) {
        rows.push({ ...row, failure: (error as Error).message });
        throw error;
      }
    });
  }
}
