// Where npm and pnpm put the alias, what packages that depend on kafkajs get beside it, and that tracing agents find it
// in both layouts.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { must, run } from "../package/packed.ts";
import { nodeBinary } from "../package/site.ts";
import { AGENTS } from "./agents.ts";
import { type Brokers, embeddedBrokers, makeTopics } from "./brokers.ts";
import { EXPECTED } from "./expected-spans.ts";
import { Installation, KAFKAJS, type Tarballs, packBoth } from "./installation.ts";
import { shapeOf } from "./spans.ts";
import { tracesOf } from "./traces.ts";

interface Layout {
  readonly names: readonly string[];
  readonly imported: readonly string[];
  readonly version: string;
  readonly path: string;
  readonly dependents: Readonly<Record<string, { readonly version: string; readonly isOurs: boolean }>>;
}

let tarballs: Tarballs;
let brokers: Brokers;
let folder: string;

before(async () => {
  tarballs = packBoth();
  brokers = await embeddedBrokers();
  folder = mkdtempSync(join(tmpdir(), "odradek-dependents-"));
});

after(async () => {
  await brokers.stop();
  rmSync(folder, { recursive: true, force: true });
  rmSync(tarballs.folder, { recursive: true, force: true });
});

/** A package that depends on kafkajs, as a tarball. */
function dependent(name: string, manifest: Readonly<Record<string, unknown>>): string {
  const inside = mkdtempSync(join(folder, "package-"));
  writeFileSync(join(inside, "package.json"), JSON.stringify({ name, version: "1.0.0", ...manifest }));
  must(run("npm", ["pack", "--pack-destination", folder], inside));
  const file = readdirSync(folder).find((entry) => entry.startsWith(name) && entry.endsWith(".tgz"));
  return `file:${join(folder, file ?? "missing.tgz")}`;
}

const DEPENDENTS = ["with-a-range", "with-a-peer", "with-a-pin"];
const dependents = (): readonly string[] => [
  dependent("with-a-range", { dependencies: { kafkajs: "^2.2.4" } }),
  dependent("with-a-peer", { peerDependencies: { kafkajs: "^2.1.0" } }),
  dependent("with-a-pin", { dependencies: { kafkajs: KAFKAJS } }),
];

const NAMES = Object.keys(createRequire(import.meta.url)("kafkajs") as object).sort();

/** What is the same in both layouts. */
function assertModule(layout: Layout): void {
  const { names, imported, version, path: _path, dependents: _dependents, ...rest } = layout;
  assert.deepEqual(names, NAMES);
  assert.deepEqual(imported, NAMES);
  assert.match(version, /^2\.([3-9]|\d\d)/);
  assert.deepEqual(rest, {
    ...{ different: [], isDefault: true, notPlain: [], className: "Client", isInstance: true, types: true },
    // Once: the inner package, whose path agents take for the name.
    loadedFrom: ["admin/index", "consumer/index", "index", "producer/index"].map(
      (file) => `node_modules/kafkajs/src/${file}.js`,
    ),
  });
}

for (const tool of ["npm", "pnpm"] as const)
  test(`${tool}: the alias has 44 plain names by require and by import; a pin of ${KAFKAJS} gets a kafkajs of its own`, async () => {
    const installation = new Installation({ client: "@odradek/kafkajs", tarballs, tool, packages: dependents() });
    try {
      const layout = await installation.result<Layout>("layout.mjs", DEPENDENTS);
      assertModule(layout);
      assert.equal(
        layout.path.replace(/@file[^/]*/, ""),
        tool === "npm"
          ? "node_modules/kafkajs/index.js"
          : "node_modules/.pnpm/@odradek+kafkajs/node_modules/@odradek/kafkajs/index.js",
      );
      const { version } = layout;
      // npm gives one copy to ranges; pnpm resolves each package's own range, which is that of kafkajs in the registry.
      assert.deepEqual(layout.dependents, {
        "with-a-range": tool === "npm" ? { version, isOurs: true } : { version: KAFKAJS, isOurs: false },
        "with-a-peer": { version, isOurs: true },
        "with-a-pin": { version: KAFKAJS, isOurs: false },
      });
    } finally {
      installation.remove();
    }
  });

for (const tool of ["npm", "pnpm"] as const)
  test(`${tool}: with an override every package gets the alias`, async () => {
    const installation = new Installation({
      ...{ client: "@odradek/kafkajs", tarballs, tool, packages: dependents() },
      overrides: { kafkajs: tool === "npm" ? "$kafkajs" : tarballs.kafkajs },
    });
    try {
      const { version, dependents: found } = await installation.result<Layout>("layout.mjs", DEPENDENTS);
      const ours = { version, isOurs: true };
      assert.deepEqual(found, { "with-a-range": ours, "with-a-peer": ours, "with-a-pin": ours });
    } finally {
      installation.remove();
    }
  });

for (const tool of ["npm", "pnpm"] as const)
  test(`${tool}: kafkajs and the alias in one process, under two names, both work; an error of one is none of the other's`, async () => {
    const topic = `both-${tool}`;
    await makeTopics(brokers, [topic], 1);
    const installation = new Installation({
      ...{ client: "@odradek/kafkajs", tarballs, tool },
      dependencies: { "kafkajs-original": `npm:kafkajs@${KAFKAJS}` },
    });
    try {
      assert.deepEqual(await installation.result("both.mjs", [brokers.bootstrapServers, topic]), {
        ...{ read: { ours: ["ours", "theirs"], theirs: ["ours", "theirs"] }, crosswise: false, registry: false },
      });
    } finally {
      installation.remove();
    }
  });

for (const agent of AGENTS)
  test(`${agent.name} traces the alias where pnpm has put it`, async () => {
    const installation = new Installation({
      ...{ client: "@odradek/kafkajs", tarballs, tool: "pnpm", packages: agent.packages[24] },
      node: nodeBinary("24.21.0"),
    });
    try {
      const prefix = `pnpm-${AGENTS.indexOf(agent)}`;
      const { spans } = await tracesOf(agent, installation, brokers, prefix);
      assert.deepEqual(shapeOf(spans), EXPECTED[agent.name]);
    } finally {
      installation.remove();
    }
  });
