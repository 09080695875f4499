// The types of the drop-in and those of kafkajs 2.2.4 are the same: each exported type is assignable to its namesake.
import { test } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../house/root.ts";

const OURS = join(root, "packages/kafkajs/types/index.d.ts");
const THEIRS = join(root, "node_modules/kafkajs/types/index.d.ts");
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

/** A program of one file, which is not on disk. */
function programOf(name: string, text: string): ts.Program {
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2022) : getSourceFile.call(host, file, ...rest);
  host.fileExists = (file) => file === name || fileExists.call(host, file);
  host.readFile = (file) => (file === name ? text : readFile.call(host, file));
  return ts.createProgram([name], OPTIONS, host);
}

interface Exported {
  readonly name: string;
  readonly isType: boolean;
  readonly isValue: boolean;
  readonly parameters: number;
}

function exportsOf(file: string): Exported[] {
  const program = ts.createProgram([file], OPTIONS);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
  return checker.getExportsOfModule(module).map((found) => {
    const symbol = found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found;
    const declaration = symbol.declarations?.find(
      (node) =>
        ts.isTypeAliasDeclaration(node) ||
        ts.isInterfaceDeclaration(node) ||
        ts.isClassDeclaration(node) ||
        ts.isEnumDeclaration(node),
    );
    return {
      name: symbol.name,
      isType: (symbol.flags & ts.SymbolFlags.Type) !== 0,
      isValue: (symbol.flags & ts.SymbolFlags.Value) !== 0,
      parameters:
        declaration === undefined || ts.isEnumDeclaration(declaration) ? 0 : (declaration.typeParameters?.length ?? 0),
    };
  });
}

/** Arguments for the parameters of generic types. */
const ARGUMENTS = ["", "<{ a: 1 }>", '<{ a: 1; b: 2 }, { b: 2; c: "c" }>'];
const ARGUMENT: Readonly<Record<string, string>> = { SASLMechanismOptions: '<"plain" | "aws">' };

test("each type and value of kafkajs is assignable to ours, and ours to it", () => {
  const names = exportsOf(THEIRS);
  assert.ok(names.length >= 160, `${names.length} names`);
  const ours = new Set(exportsOf(OURS).map(({ name }) => name));
  assert.deepEqual(
    names.map(({ name }) => name).filter((name) => !ours.has(name)),
    [],
    "missing in ours",
  );
  const lines = names.flatMap(({ name, isType, isValue, parameters }) => {
    const given = ARGUMENT[name] ?? ARGUMENTS[parameters] ?? "";
    return [
      ...(isType
        ? [
            `export const ${name}_to_ours = (it: theirs.${name}${given}): ours.${name}${given} => it;`,
            `export const ${name}_to_theirs = (it: ours.${name}${given}): theirs.${name}${given} => it;`,
          ]
        : []),
      ...(isValue
        ? [
            `export const ${name}_value_to_ours: typeof ours.${name} = theirs.${name};`,
            `export const ${name}_value_to_theirs: typeof theirs.${name} = ours.${name};`,
          ]
        : []),
    ];
  });
  const file = join(root, "test/kafkajs/assignable.mts");
  const text = [
    'import * as theirs from "kafkajs";',
    'import * as ours from "../../packages/kafkajs/types/index.js";',
    ...lines,
    "export const sees_differences = (it: theirs.ProducerConfig): ours.KafkaConfig => it;",
  ].join("\n");
  const program = programOf(file, text);
  const wrong = ts.getPreEmitDiagnostics(program).map(({ messageText, start, file: at }) => {
    const line = at !== undefined && start !== undefined ? at.getLineAndCharacterOfPosition(start).line : -1;
    return `${text.split("\n")[line] ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
  assert.match(wrong.pop() ?? "", /^export const sees_differences/, "the last line is wrong on purpose");
  assert.deepEqual(wrong, []);
});
