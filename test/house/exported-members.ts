// Finds the members of exported types in the source, without building it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

/** A declaration that an entry exports. */
interface Exported {
  readonly name: string;
  readonly node: ts.Node;
  readonly source: ts.SourceFile;
}

/** A member of an exported interface, class or object type. */
export interface Member {
  /** `Type.member`. */
  readonly name: string;
  /** The file, from the root. */
  readonly file: string;
  readonly isDocumented: boolean;
}

/** Reads the modules below one folder; each file is parsed once. */
export class ExportedMembers {
  readonly #root: string;
  readonly #read: (path: string) => string;
  readonly #sources = new Map<string, ts.SourceFile>();

  constructor(root: string, read: (path: string) => string = (path) => readFileSync(path, "utf8")) {
    this.#root = root;
    this.#read = read;
  }

  /** The public members of all interfaces, classes and object types that `entry` exports, sorted by their names. */
  of(entry: string): readonly Member[] {
    const found = new Map<string, Member>();
    const all = [...this.#exportsOf(join(this.#root, entry))].flatMap(([, exported]) => exported);
    for (const { name, node, source } of all) {
      for (const member of membersOf(node)) {
        if (isHidden(member)) continue;
        const text = nameOf(member);
        if (text === undefined) continue;
        const key = `${name}.${text}`;
        // An overload may be documented in the place of the others.
        const isDocumented = hasText(member) || found.get(key)?.isDocumented === true;
        found.set(key, { name: key, file: relative(this.#root, source.fileName), isDocumented });
      }
    }
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #source(path: string): ts.SourceFile {
    const known = this.#sources.get(path);
    if (known !== undefined) return known;
    const made = ts.createSourceFile(path, this.#read(path), ts.ScriptTarget.ES2022, true);
    this.#sources.set(path, made);
    return made;
  }

  /** The declarations of each exported name; a class and an interface may share one. */
  #exportsOf(path: string): ReadonlyMap<string, readonly Exported[]> {
    const source = this.#source(path);
    const exported = new Map<string, readonly Exported[]>();
    for (const statement of source.statements) {
      if (ts.isExportDeclaration(statement)) {
        for (const [name, nodes] of this.#reExported(statement, path)) exported.set(name, nodes);
        continue;
      }
      const isExported = ts.canHaveModifiers(statement) && isMarked(statement, ts.SyntaxKind.ExportKeyword);
      if (!isExported || !isNamed(statement) || statement.name === undefined) continue;
      const name = statement.name.text;
      exported.set(name, [...(exported.get(name) ?? []), { name, node: statement, source }]);
    }
    return exported;
  }

  #reExported(statement: ts.ExportDeclaration, path: string): ReadonlyMap<string, readonly Exported[]> {
    const { moduleSpecifier: from, exportClause: clause } = statement;
    const named = new Map<string, readonly Exported[]>();
    if (from === undefined || !ts.isStringLiteral(from)) return named;
    const target = this.#exportsOf(join(dirname(path), from.text));
    if (clause === undefined) return target;
    assert.ok(ts.isNamedExports(clause), `${path} exports a namespace`);
    for (const { name, propertyName } of clause.elements) {
      const nodes = target.get((propertyName ?? name).text) ?? []; // none for functions and constants
      named.set(
        name.text,
        nodes.map((node) => ({ ...node, name: name.text })),
      );
    }
    return named;
  }
}

type Named = ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

function isNamed(node: ts.Node): node is Named {
  return ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
}

function isMarked(node: ts.HasModifiers, kind: ts.SyntaxKind): boolean {
  return ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) === true;
}

/** The members of a declaration; those of a type alias stand in its object types, however they are combined. */
function membersOf(node: ts.Node): readonly (ts.TypeElement | ts.ClassElement)[] {
  if (ts.isInterfaceDeclaration(node) || ts.isTypeLiteralNode(node)) return [...node.members];
  if (ts.isClassDeclaration(node)) return [...node.members];
  if (ts.isTypeAliasDeclaration(node)) return membersOf(node.type);
  if (ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node)) return node.types.flatMap(membersOf);
  return ts.isParenthesizedTypeNode(node) ? membersOf(node.type) : [];
}

/** Private, internal, or the body of overloads that stand before it. */
function isHidden(member: ts.TypeElement | ts.ClassElement): boolean {
  const isPrivate =
    (member.name !== undefined && ts.isPrivateIdentifier(member.name)) ||
    (ts.canHaveModifiers(member) && isMarked(member, ts.SyntaxKind.PrivateKeyword));
  return isPrivate || ts.getJSDocTags(member).some(({ tagName }) => tagName.text === "internal");
}

/** Undefined for members that the language names (`[Symbol.iterator]`), constructors and signatures without a name. */
function nameOf({ name }: ts.TypeElement | ts.ClassElement): string | undefined {
  return name === undefined || ts.isComputedPropertyName(name) ? undefined : name.getText();
}

function hasText(node: ts.Node): boolean {
  return ts
    .getJSDocCommentsAndTags(node)
    .some((doc) => ts.isJSDoc(doc) && (ts.getTextOfJSDocComment(doc.comment) ?? "").trim() !== "");
}
