// Builds and tests the packed package with bundlers and Jest, with no configuration except the target.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lineOf, testOf } from "./application.ts";
import type { ChildServer } from "./child-server.ts";
import { commitSeed } from "./commit-seed.ts";
import { InstalledPackage, must } from "./packed.ts";
import { COMPLAINT, OLDEST_NODE, Site, nodeBinary, startBroker } from "./site.ts";
import { ESBUILD } from "./tools/esbuild.ts";
import { JEST_29, jestCommand } from "./tools/jest.ts";
import { VITE_PACKAGE } from "./tools/versions.ts";
import { WEBPACK } from "./tools/webpack.ts";

const TOOLS = [ESBUILD, WEBPACK, JEST_29];
const BESIDE = ["jest-environment-jsdom@29.7.0", VITE_PACKAGE];

let installed: InstalledPackage;
let broker: ChildServer;
let bundleNodes: readonly string[] = [process.execPath];

before(async () => {
  installed = InstalledPackage.install(...new Set(TOOLS.flatMap(({ packages }) => packages)), ...BESIDE);
  broker = await startBroker(installed);
  bundleNodes = [process.execPath, nodeBinary(OLDEST_NODE)];
});

after(async () => {
  await broker.stop();
  installed.remove();
});

async function atSite(name: string, body: (site: Site, value: string) => void | Promise<void>): Promise<void> {
  const site = new Site({ installed, name, broker: broker.ready, node: process.execPath, bundleNodes });
  try {
    await body(site, `${commitSeed()}-${name}`);
  } finally {
    site.remove();
  }
}

for (const [i, { name, recipes }] of TOOLS.entries()) {
  for (const [j, [what, recipe]] of Object.entries(recipes).entries()) {
    test(`${name}, ${what}: no warning, and the application works where there is no node_modules`, () =>
      atSite(`${i}-${j}`, async (site, value) => {
        assert.equal(await recipe(site, value), lineOf(value));
      }));
  }
}

const JSDOM_ENVIRONMENT = { testEnvironment: "jsdom" };

test("Jest's jsdom resolves the build for browsers: the error says so, and how to choose Node's", () =>
  atSite("jsdom", (site, value) => {
    const { status, text } = site.run(
      site.folder,
      "node",
      ...jestCommand(site, "app.test.js", testOf(value, "require"), JSDOM_ENVIRONMENT),
    );
    assert.equal(status, 1, text);
    assert.match(text, /KafkaError: .* needs a platform/);
    assert.match(text, /Jest's environment "jsdom" resolves the `browser` build/);
    assert.match(text, /@jest-environment node/);
    assert.match(text, /customExportConditions: \["node", "node-addons"\]/);
  }));

test(
  "Jest's jsdom with Node's export conditions, as the error says: the application works, though jsdom hides Node's " +
    "globals",
  () =>
    atSite("jsdom-conditions", (site, value) => {
      const config = {
        ...JSDOM_ENVIRONMENT,
        testEnvironmentOptions: { customExportConditions: ["node", "node-addons"] },
      };
      site.tool("node", ...jestCommand(site, "app.test.js", testOf(value, "require"), config));
      assert.equal(site.report(), lineOf(value));
    }),
);

test("Jest's jsdom, and a test file that asks for Node's environment, as the error says: the application works", () =>
  atSite("jsdom-comment", (site, value) => {
    site.tool(
      "node",
      ...jestCommand(
        site,
        "app.test.js",
        `/** @jest-environment node */\n${testOf(value, "require")}`,
        JSDOM_ENVIRONMENT,
      ),
    );
    assert.equal(site.report(), lineOf(value));
  }));

const PAGE = (value: string, client: string, embedded: string): string => `
import { Kafka } from "${client}";
import { EmbeddedCluster } from "${embedded}";
export async function page(platform) {
  const cluster = await EmbeddedCluster.start({ platform, topics: { ${JSON.stringify(value)}: 1 } });
  return new Kafka({ platform, cluster });
}
globalThis.page = page;
`;

/** Client and cluster together are larger than the size from which on Vite proposes to load a page in parts. */
const VITE_ON_SIZE = /^\[plugin builtin:vite-reporter\] \n\(!\) Some chunks are larger than 500 kB[^]*/m;

/** A page's tool writes its bundle into `out/` of the site. */
const PAGE_TOOLS: Readonly<Record<string, (site: Site) => void>> = {
  esbuild: (site) =>
    site.tool("esbuild", "page.mjs", "--bundle", "--minify", "--platform=browser", "--format=esm", "--outdir=out"),
  Vite: (site) => {
    site.write("index.html", `<!doctype html><script type="module" src="./page.mjs"></script>`);
    const text = must(site.run(site.folder, "vite", "build", "--outDir", "out"));
    assert.doesNotMatch(text.replace(VITE_ON_SIZE, ""), COMPLAINT);
  },
};

for (const [tool, build] of Object.entries(PAGE_TOOLS)) {
  for (const [client, embedded] of [
    ["odradek/core", "odradek/core"],
    ["odradek", "odradek/embedded"],
  ] as const) {
    test(
      `${tool} builds a page with ${client} and the cluster of ${embedded}, without configuration, and no module ` +
        "of a host is in it",
      () =>
        atSite(`page-${tool}-${embedded.replace("/", "-")}`, (site, value) => {
          site.write("page.mjs", PAGE(value, client, embedded));
          build(site);
          const text = filesOf(join(site.folder, "out"))
            .filter((file) => /\.m?js$/.test(file))
            .map((file) => readFileSync(file, "utf8"))
            .join("\n");
          assert.ok(text.includes(value));
          assert.doesNotMatch(text, /["'`](node|bun|cloudflare):/);
        }),
    );
  }
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
