// The page in a real browser, if there is one: its script runs, and it shows what the functions return.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import { runWorkload } from "../../src/cli/workload.ts";
import { timelineHtml } from "../../src/simulation.ts";

const browser = ["chromium-headless-shell", "chromium", "google-chrome"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);

/** The page after its script ran. */
function domOf(file: string, hash: string): string {
  return execFileSync(
    browser ?? "",
    ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,900", "--dump-dom", `file://${file}${hash}`],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 28 },
  );
}

if (browser !== undefined) {
  test("a browser shows the picture: it has its size, its filters, the detail and the story of what is in view", async () => {
    const folder = mkdtempSync(join(tmpdir(), "odradek-picture-"));
    try {
      const file = join(folder, "page.html");
      const { history } = await runWorkload(2, { detail: true });
      const fault = history.find((event) => event.type === "fault");
      writeFileSync(
        file,
        timelineHtml({
          title: "seed 2",
          history,
          violations: [{ invariant: "planted", atMs: 1000, message: "it is broken", node: "producer-0" }],
        }),
      );
      const dom = domOf(file, "");
      const filters = /<span id="filters">(.*?)<\/span>/s.exec(dom)?.[1] ?? "";
      for (const name of ["producer-0", "broker-0", "Produce"]) assert.ok(filters.includes(name), filters);
      assert.ok(Number(/<canvas[^>]*height: (\d+)/.exec(dom)?.[1]) > 300, "the canvas has a height");
      assert.match(dom, /<div id="detail"><h3>planted is broken, at 1000 ms<\/h3><pre>it is broken<\/pre>/);
      assert.match(
        dom,
        /<tr class="broken related"><td>1000\.0 ms<\/td><td>producer-0<\/td><td>planted is broken: it is broken<\/td>/,
      );
      assert.ok(fault !== undefined);
      assert.match(
        domOf(file, `#${fault.atMs - 1}-${fault.atMs + 1}`),
        new RegExp(`<tr class="fault related">.*${fault.kind} begins`),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
