import ts from "typescript";

/**
 * The types of an entry without those that `core` exports under the same name and declares in the same words: they are
 * imported from there. So the package has each of them once, and a class of both entries is one type for the compiler.
 * `names`: the exports of `core` that may be taken.
 */
export function withTypesOfCore(code, coreCode, names) {
  const there = declarations(coreCode);
  const here = declarations(code);
  const shared = new Set(
    [...here].filter(([name, one]) => names.includes(name) && there.get(name)?.text === one.text).map(([name]) => name),
  );
  const used = reachable(here, shared, exportedNames(code));
  const gone = [...here].filter(([name]) => shared.has(name) || !used.has(name)).flatMap(([, { ranges }]) => ranges);
  let rest = code;
  for (const [from, to] of gone.sort(([a], [b]) => b - a)) rest = rest.slice(0, from) + rest.slice(to);
  const taken = [...shared].filter((name) => used.has(name)).sort();
  return taken.length === 0 ? rest : `import { ${taken.join(", ")} } from './core.cjs';\n${rest}`;
}

/** The declarations of a file by name; those of one name (an interface and a constant, say) are one. */
function declarations(code) {
  const source = ts.createSourceFile("types.d.ts", code, ts.ScriptTarget.ES2022, true);
  const found = new Map();
  for (const statement of source.statements)
    for (const name of namesOf(statement)) {
      const one = found.get(name) ?? { text: "", ranges: [], uses: new Set() };
      one.text += statement.getText();
      one.ranges.push([statement.getFullStart(), statement.end]);
      for (const used of identifiersIn(statement)) one.uses.add(used);
      found.set(name, one);
    }
  return found;
}

function namesOf(statement) {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.text);
  const isNamed = !ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

function identifiersIn(node) {
  const found = [];
  const visit = (child) => {
    if (ts.isIdentifier(child)) found.push(child.text);
    ts.forEachChild(child, visit);
  };
  visit(node);
  return found;
}

function exportedNames(code) {
  const source = ts.createSourceFile("types.d.ts", code, ts.ScriptTarget.ES2022, true);
  return source.statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) &&
    statement.exportClause !== undefined &&
    ts.isNamedExports(statement.exportClause)
      ? statement.exportClause.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
      : [],
  );
}

/** The declarations that the exports need. Those that a shared declaration needs are in `core`. */
function reachable(here, shared, exported) {
  const used = new Set();
  const visit = (name) => {
    if (used.has(name) || !here.has(name)) return;
    used.add(name);
    if (!shared.has(name)) for (const other of here.get(name).uses) visit(other);
  };
  for (const name of exported) visit(name);
  return used;
}
