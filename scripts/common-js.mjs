import { parseAst } from "rollup/parseAst";

/**
 * The CommonJS twin of an ES module: the same text, with other imports and exports. The module must export no variable
 * that changes, and must not be part of a cycle.
 */
export function commonJsOf(code) {
  const ast = parseAst(code);
  const changes = [];
  for (const node of ast.body) {
    const text = statementOf(node);
    if (text !== undefined) changes.push({ ...node, text });
  }
  for (const node of lateImportsOf(ast))
    changes.push({ ...node, text: `Promise.resolve().then(()=>require(${node.source.raw}))` });
  let rest = code;
  for (const { start, end, text } of changes.sort((a, b) => b.start - a.start))
    rest = rest.slice(0, start) + text + rest.slice(end);
  return `"use strict";${rest}`;
}

/**
 * Each `import("./chunk.js")` within a node. Jest runs CommonJS in a context in which `import()` always rejects, unless
 * Node is started with --experimental-vm-modules.
 */
function lateImportsOf(node) {
  if (node === null || typeof node !== "object") return [];
  if (Array.isArray(node)) return node.flatMap(lateImportsOf);
  const isLate = node.type === "ImportExpression" && /^\.\.?\//.test(node.source.value ?? "");
  return [...(isLate ? [node] : []), ...Object.values(node).flatMap(lateImportsOf)];
}

const isImport = ({ type }) => type === "ImportDeclaration";
const isExport = ({ type }) => /^Export/.test(type);

/** What takes the place of an import or export statement; undefined for other statements. */
function statementOf(node) {
  if (isImport(node)) return importOf(node);
  if (!isExport(node)) return undefined;
  if (node.type !== "ExportNamedDeclaration" || node.declaration !== null)
    throw new Error(`cannot write this as CommonJS: ${node.type}`);
  const from = node.source === null ? "" : `require(${node.source.raw}).`;
  return node.specifiers.map(({ local, exported }) => `exports.${nameOf(exported)}=${from}${nameOf(local)};`).join("");
}

function importOf({ specifiers, source }) {
  const loaded = `require(${source.raw})`;
  if (specifiers.length === 0) return `${loaded};`;
  const whole = specifiers.filter(({ type }) => type !== "ImportSpecifier").map(({ local }) => local.name);
  const named = specifiers.filter(({ type }) => type === "ImportSpecifier").map(bindingOf);
  // The default export of a module of Node's, which alone has one here, is the module itself.
  const bindings = named.length === 0 ? whole : [...whole, `{${named.join(",")}}`];
  return bindings.map((binding) => `const${binding.startsWith("{") ? "" : " "}${binding}=${loaded};`).join("");
}

function bindingOf({ imported, local }) {
  const name = nameOf(imported);
  return name === local.name ? name : `${name}:${local.name}`;
}

/** The name in a specifier: no export of ours is named by a text. */
function nameOf(node) {
  if (node.type !== "Identifier") throw new Error(`cannot write this name as CommonJS: ${node.value}`);
  return node.name;
}
