// Links of the docs lead somewhere: in the repository, and those of pages that are in the package to what is in there
// too.
import { test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { root } from "./root.ts";

const pages = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly files: readonly string[] };

/** Whether npm puts a file of the repository into the package. */
function isPacked(path: string): boolean {
  if (files.includes(`!${path}`)) return false;
  return files.includes(path) || (path.startsWith("docs/") && path.endsWith(".md") && files.includes("docs/*.md"));
}

/** The name by which a heading is linked to. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\- _]/gu, "")
    .replaceAll(" ", "-");
}

/** The broken links of a page, each with the reason. */
function broken(page: string, text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
    if (/^https?:/.test(link)) return [];
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : normalize(join(dirname(page), path));
    if (!existsSync(join(root, target))) return [`${page}: ${link} is not there`];
    if (isPacked(page) && !isPacked(target)) return [`${page}: ${link} is not in the package: write its whole address`];
    if (anchor === undefined) return [];
    const headings = [...readFileSync(join(root, target), "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      anchorOf(heading),
    );
    return headings.includes(anchor) ? [] : [`${page}: ${link} has no such heading`];
  });
}

test("every link of the docs leads to a page, and to a heading of it; those of the package stay in the package", () => {
  assert.deepEqual(
    pages.flatMap((page) => broken(page, readFileSync(join(root, page), "utf8"))),
    [],
  );
});

test("a link that leads nowhere, to a heading that is not there, or out of the package is found", () => {
  assert.equal(
    broken(
      "README.md",
      "[a](docs/nowhere.md) [b](docs/consumer.md#no-such-heading) [c](scripts/test.mjs) [d](docs/consumer.md) " +
        "[e](https://example.com/x)",
    ).length,
    3,
  );
});
