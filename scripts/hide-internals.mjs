// Takes out of the compiled declarations what users have no use for: members that say `@internal`, and base types that
// do. The types of their parameters are then named by nobody, and the bundler drops them. TypeScript's own
// `stripInternal` is not enough: without its constructor a class would seem to have one that takes nothing, and bases
// stay.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

const parse = (path) => ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022, true);
const isInternal = (node) =>
  ts.getJSDocCommentsAndTags(node).some((comment) => ts.isJSDoc(comment) && comment.getText().includes("@internal"));

/** The names of the declarations of a file that are internal as a whole. */
function internalNames(source) {
  return source.statements
    .filter(isInternal)
    .flatMap((statement) =>
      ts.isVariableStatement(statement)
        ? statement.declarationList.declarations.map(({ name }) => name.text)
        : [statement.name?.text],
    );
}

/** Where a name that a file uses is declared: `PATH#NAME`. */
function declaredAt(source, name) {
  for (const statement of source.statements) {
    const named = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : undefined;
    const element =
      named !== undefined && ts.isNamedImports(named)
        ? named.elements.find((each) => each.name.text === name)
        : undefined;
    if (element !== undefined) {
      const module = join(dirname(source.fileName), statement.moduleSpecifier.text).replace(/\.[jt]s$/, ".d.ts");
      return `${module}#${(element.propertyName ?? element.name).text}`;
    }
  }
  return `${source.fileName}#${name}`;
}

/** What takes the place of a member: nothing; of a class's only constructor one that nobody can call. */
function replacement(member, members) {
  const isOnly =
    ts.isConstructorDeclaration(member) &&
    members.every((other) => !ts.isConstructorDeclaration(other) || isInternal(other));
  return isOnly && members.find(ts.isConstructorDeclaration) === member ? "\n    private constructor();" : "";
}

/** The changes of a file, as pieces of its text and what takes their place. */
function edits(source, internal) {
  const found = [];
  const visit = (node) => {
    if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) {
      for (const clause of node.heritageClauses ?? []) {
        const kept = clause.types.filter(({ expression }) => !internal.has(declaredAt(source, expression.getText())));
        if (kept.length === clause.types.length) continue;
        const words =
          kept.length === 0
            ? ""
            : ` ${ts.tokenToString(clause.token)} ${kept.map((type) => type.getText()).join(", ")}`;
        found.push([clause.getFullStart(), clause.end, words]);
      }
      for (const member of node.members)
        if (isInternal(member)) found.push([member.getFullStart(), member.end, replacement(member, node.members)]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.sort(([a], [b]) => b - a);
}

/** Rewrites all declaration files of a folder. Does nothing to those that it has rewritten already. */
export function hideInternals(folder) {
  const paths = readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith(".d.ts"))
    .map((path) => join(folder, path));
  const sources = paths.map(parse);
  const internal = new Set(
    sources.flatMap((source) => internalNames(source).map((name) => `${source.fileName}#${name}`)),
  );
  for (const source of sources) {
    const changes = edits(source, internal);
    if (changes.length === 0) continue;
    writeFileSync(
      source.fileName,
      changes.reduce((text, [start, end, words]) => text.slice(0, start) + words + text.slice(end), source.text),
    );
  }
}
