// Marks what a module computes at its top level as pure, so that a page's bundler drops what the page does not use. No
// module of the library does anything when it is loaded ("sideEffects": false says so), but in a chunk of many modules
// a bundler no longer sees where a module ends: without a mark it keeps `const TABLE = new Map(…)` for every page.
import { parseAst } from "rollup/parseAst";

const MARK = "/*@__PURE__*/";
/** Code in these runs when somebody calls it, not when the module is loaded. */
const LATER = new Set(["ArrowFunctionExpression", "FunctionExpression", "FunctionDeclaration", "MethodDefinition"]);
const CALLS = new Set(["CallExpression", "NewExpression"]);

/** Marks each call that gives a top-level variable or a static field its value. Takes and returns an ES module. */
export function withPureInitializers(code) {
  const starts = new Set();
  for (const statement of parseAst(code).body) collectCalls(valueOf(statement), starts);
  let marked = code;
  for (const start of [...starts].sort((a, b) => b - a)) marked = marked.slice(0, start) + MARK + marked.slice(start);
  return marked;
}

/** A variable's or a class's declaration; nothing of a statement that runs for what it does. */
function valueOf(statement) {
  const declaration = statement.type.startsWith("Export") ? statement.declaration : statement;
  return ["VariableDeclaration", "ClassDeclaration"].includes(declaration?.type) ? declaration : undefined;
}

function collectCalls(node, starts) {
  if (node === null || typeof node !== "object") return;
  if (LATER.has(node.type) || (node.type === "PropertyDefinition" && !node.static)) return;
  if (CALLS.has(node.type)) starts.add(node.start);
  for (const value of Object.values(node)) collectCalls(value, starts);
}
