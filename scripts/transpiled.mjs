// One file as JavaScript, without a look at its types: what `tsc -b` gives of it too, since every file is a module of
// its own and its types are erasable.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** The JavaScript of a source file. Throws where it has a syntax error. */
export function transpiled(root, path) {
  const { config } = ts.readConfigFile(join(root, "tsconfig.base.json"), ts.sys.readFile);
  // Alone, TypeScript does not ask package.json what kind of module a file is: it would make CommonJS of it.
  const own = { module: "ESNext", moduleResolution: "Bundler", declaration: false, isolatedDeclarations: false };
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, ...own }, root);
  const fileName = join(root, path);
  const { outputText, diagnostics = [] } = ts.transpileModule(readFileSync(fileName, "utf8"), {
    compilerOptions: options,
    fileName,
    reportDiagnostics: true,
  });
  for (const { messageText } of diagnostics)
    throw new Error(`${path}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
  return outputText;
}
