import assert from "node:assert/strict";
import { cpSync, existsSync } from "node:fs";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { basename, join } from "node:path";
import { work } from "../application.ts";
import { ChildServer } from "../child-server.ts";
import type { Recipe, Tool } from "./tool.ts";

const ROUTE = (value: string): string => `${work(value, "import")}
export const dynamic = "force-dynamic";
export async function GET() {
  return new Response((await work()) + "\\n");
}
`;
const LAYOUT = `import { createElement } from "react";
export default function Layout({ children }) {
  return createElement("html", null, createElement("body", null, children));
}
`;

/**
 * A route handler does the work. The server is Next's own folder for deployment, in which the package is only as far as
 * it was bundled.
 */
const route =
  (bundler: "--webpack" | "--turbopack"): Recipe =>
  async (site, value) => {
    site.write("package.json", JSON.stringify({ name: "application", private: true }));
    const workspace = join(site.folder, "..");
    site.write(
      "next.config.mjs",
      "export default " +
        `${JSON.stringify({ output: "standalone", outputFileTracingRoot: workspace, turbopack: { root: workspace } })};\n`,
    );
    site.write("app/layout.jsx", LAYOUT);
    site.write("app/work/route.js", ROUTE(value));
    site.tool("next", "build", bundler);
    cpSync(join(site.folder, ".next", "standalone"), site.elsewhere, { recursive: true });
    assert.ok(!existsSync(join(site.elsewhere, "node_modules", "odradek")), "the package is bundled");
    const port = await freePort();
    const server = await ChildServer.start(site.node, [join(basename(site.folder), "server.js")], {
      cwd: site.elsewhere,
      env: { ...site.env, PORT: String(port), HOSTNAME: "127.0.0.1" },
      ready: /Ready in/,
    });
    try {
      const response = await fetch(`http://127.0.0.1:${port}/work`);
      return await response.text();
    } finally {
      await server.stop();
    }
  };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

export const NEXT: Tool = {
  name: "Next.js 16",
  packages: ["next@16.4.6", "react@19.3.1", "react-dom@19.3.1"],
  recipes: { "a route handler, Turbopack": route("--turbopack"), "a route handler, webpack": route("--webpack") },
};
