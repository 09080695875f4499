import ts from "typescript";

/**
 * A file of types whose interfaces and type aliases say `export` where they stand, instead of in a list that repeats
 * each name. Classes and constants stay in the list: a class whose type alone is exported needs it.
 */
export function withExportsInPlace(code) {
  const { statements } = ts.createSourceFile("types.d.ts", code, ts.ScriptTarget.ES2022, true);
  const places = new Map();
  for (const statement of statements) {
    const name = statement.name?.text;
    if (name !== undefined) places.set(name, [...(places.get(name) ?? []), statement]);
  }
  const isPlain = (name) =>
    places.get(name)?.every((one) => ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one));
  const edits = [];
  for (const statement of statements) {
    const { elements } = (ts.isExportDeclaration(statement) && statement.isTypeOnly && statement.exportClause) || {};
    if (elements === undefined || statement.moduleSpecifier !== undefined) continue;
    const isMoved = ({ name, propertyName }) => propertyName === undefined && isPlain(name.text);
    for (const { name } of elements.filter(isMoved))
      for (const place of places.get(name.text)) edits.push([place.getStart(), place.getStart(), "export "]);
    const left = elements.filter((element) => !isMoved(element)).map((element) => element.getText());
    edits.push([statement.getStart(), statement.end, left.length === 0 ? "" : `export type { ${left.join(", ")} };`]);
  }
  return edits
    .sort(([a], [b]) => b - a)
    .reduce((text, [start, end, words]) => text.slice(0, start) + words + text.slice(end), code);
}
