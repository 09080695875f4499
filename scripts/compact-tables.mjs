// node scripts/compact-tables.mjs: in the pages that npm packs, tables wider than 120 columns lose their padding, which
// was a quarter of these pages, and get a comment that keeps Prettier from padding them again.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const WIDTH = 120;
const IGNORE = "<!-- prettier-ignore -->";

/** A page with such tables without padding. */
function compacted(page) {
  const lines = page.split("\n");
  const done = [];
  let isCode = false;
  for (let i = 0; i < lines.length;) {
    const table = isCode ? [] : tableAt(lines, i);
    if (table.length > 0) done.push(...(isWide(table) && !done.at(-1)?.includes(IGNORE) ? unpadded(table) : table));
    else {
      if (/^\s*(```|~~~)/.test(lines[i])) isCode = !isCode;
      done.push(lines[i]);
    }
    i += Math.max(1, table.length);
  }
  return done.join("\n");
}

function tableAt(lines, start) {
  let end = start;
  while (end < lines.length && /^\s*\|/.test(lines[end])) end++;
  return lines.slice(start, end);
}

const isWide = (table) => table.some((line) => line.length > WIDTH);

function unpadded(table) {
  const indent = /^\s*/.exec(table[0])[0];
  const rows = table.map((line) => line.trim().replace(/ {2,}(?=\|)|(?<=\|) {2,}/g, " "));
  return [IGNORE, rows[0], rows[1].replace(/-{4,}/g, "---"), ...rows.slice(2)].map((row) => indent + row);
}

const root = fileURLToPath(new URL("..", import.meta.url));
const { files } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const pages = readdirSync(`${root}docs`).filter((name) => name.endsWith(".md") && !files.includes(`!docs/${name}`));
for (const path of ["README.md", ...pages.map((name) => `docs/${name}`)])
  writeFileSync(`${root}${path}`, compacted(readFileSync(`${root}${path}`, "utf8")));
