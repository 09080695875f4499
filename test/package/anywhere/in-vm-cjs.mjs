// node --experimental-vm-modules in-vm-cjs.mjs INPUT: as in-vm.mjs, with the package's CommonJS build, each file
// wrapped as Node wraps it.
import vm from "node:vm";
import { bareContext } from "./bare-context.mjs";
import { fileOf, program, textOf } from "./package-files.mjs";

const context = bareContext();
const modules = new Map();

function requireFile(file) {
  const made = modules.get(file);
  if (made !== undefined) return made.exports;
  const module = { exports: vm.runInContext("({})", context) };
  modules.set(file, module);
  const wrapped = vm.runInContext(`(function (exports, require, module) {${textOf(file)}\n})`, context, {
    filename: file,
    importModuleDynamically: (name) => later(fileOf(name, file, "require")),
  });
  wrapped(module.exports, (name) => requireFile(fileOf(name, file, "require")), module);
  return module.exports;
}

/** The package imports its own code of administration later, also as CommonJS: Node makes such a module of it. */
async function later(file) {
  const exports = requireFile(file);
  const names = Object.keys(exports);
  const module = new vm.SyntheticModule(names, () => names.forEach((name) => module.setExport(name, exports[name])), {
    context,
  });
  await module.link(() => undefined);
  await module.evaluate();
  return module;
}

// The program itself is an ES module: its one import becomes a require, and its export a value.
const text = textOf(program)
  .replace(/^import (\{[^}]*\}) from "([^"]+)";$/m, 'const $1 = require("$2");')
  .replace("export async function main", "exports.main = main;\nasync function main");
const exports = vm.runInContext("({})", context);
vm.runInContext(`(function (exports, require) {${text}\n})`, context, { filename: program })(exports, (name) =>
  requireFile(fileOf(name, program, "require")),
);
const drain = () => new Promise((resolve) => setImmediate(resolve));
process.stdout.write(await exports.main(JSON.parse(process.argv[2]), drain));
