// Reads declaration files as a user's compiler does.
import assert from "node:assert/strict";
import ts from "typescript";

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts"],
  strict: true,
  types: [],
};

/** Some declaration files, and what they export. */
export class Declarations {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  readonly #files: readonly string[];

  constructor(files: readonly string[]) {
    this.#files = files;
    this.#program = ts.createProgram(files, { ...OPTIONS, noEmit: true });
    this.#checker = this.#program.getTypeChecker();
  }

  /** The compiler's errors for the files themselves. */
  complaints(): readonly string[] {
    return ts
      .getPreEmitDiagnostics(this.#program)
      .map(({ messageText, file }) => `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
  }

  /** The names that a file exports, types too. */
  names(file: string): readonly string[] {
    return this.#checker
      .getExportsOfModule(this.#module(file))
      .map(({ name }) => name)
      .sort();
  }

  /** The names that a file says there are at run time. */
  values(file: string): readonly string[] {
    const module = this.#module(file);
    return this.#checker
      .getPropertiesOfType(this.#checker.getTypeOfSymbol(module))
      .map(({ name }) => name)
      .sort();
  }

  /** Types that appear in a file's exports and are not exported by it, except those named in `elsewhere`. */
  hidden(file: string, elsewhere: ReadonlySet<string> = new Set()): readonly string[] {
    const exported = new Set(this.#exports(file));
    const found = new Set<string>();
    const visit = (node: ts.Node): void => {
      if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
        const symbol = this.#checker.getSymbolAtLocation(
          ts.isTypeReferenceNode(node) ? node.typeName : node.expression,
        );
        const target = symbol === undefined ? undefined : this.#resolved(symbol);
        if (target !== undefined && this.#isOurs(target) && !exported.has(target) && !elsewhere.has(target.name))
          found.add(target.name);
      }
      ts.forEachChild(node, visit);
    };
    for (const symbol of exported) for (const declaration of symbol.declarations ?? []) visit(declaration);
    return [...found].sort();
  }

  /** Exported names, and members of exported classes and interfaces, without a comment of their own or of a base. */
  undocumented(file: string): readonly string[] {
    const found = new Set<string>();
    for (const symbol of this.#exports(file)) {
      if (!this.#isSaid(symbol)) found.add(symbol.name);
      for (const declaration of symbol.declarations ?? []) {
        if (!ts.isClassDeclaration(declaration) && !ts.isInterfaceDeclaration(declaration)) continue;
        for (const member of declaration.members) {
          // A call signature has no name; the comment of the interface explains it.
          const isPrivate = (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0;
          if (isPrivate || ts.isCallSignatureDeclaration(member)) continue;
          const name = member.name === undefined ? undefined : this.#checker.getSymbolAtLocation(member.name);
          const isSaid = name === undefined ? ts.getJSDocCommentsAndTags(member).length > 0 : this.#isSaid(name);
          // Members that a symbol names are the language's.
          const text = member.name?.getText() ?? "constructor";
          if (!isSaid && !text.startsWith("[")) found.add(`${symbol.name}.${text}`);
        }
      }
    }
    return [...found].sort();
  }

  /** Whether an editor has something to show. */
  #isSaid(symbol: ts.Symbol): boolean {
    return symbol.getDocumentationComment(this.#checker).length > 0;
  }

  #exports(file: string): readonly ts.Symbol[] {
    return this.#checker.getExportsOfModule(this.#module(file)).map((symbol) => this.#resolved(symbol));
  }

  #module(file: string): ts.Symbol {
    const source = this.#program.getSourceFile(file);
    assert.ok(source !== undefined, `there is no ${file}: run \`npm run build\``);
    const symbol = this.#checker.getSymbolAtLocation(source);
    assert.ok(symbol !== undefined, `${file} exports nothing`);
    return symbol;
  }

  #resolved(symbol: ts.Symbol): ts.Symbol {
    return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : this.#checker.getAliasedSymbol(symbol);
  }

  /** Whether a symbol is declared in these files, and not by the language's library or as a type parameter. */
  #isOurs(symbol: ts.Symbol): boolean {
    const [declaration] = symbol.declarations ?? [];
    return (
      declaration !== undefined &&
      !ts.isTypeParameterDeclaration(declaration) &&
      this.#files.includes(declaration.getSourceFile().fileName)
    );
  }
}
