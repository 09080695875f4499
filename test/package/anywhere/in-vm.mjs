// node --experimental-vm-modules in-vm.mjs INPUT [SYMBOLS]: runs program.mjs in a vm context that has nothing but
// ECMAScript: the package's ES modules, unchanged.
import vm from "node:vm";
import { bareContext } from "./bare-context.mjs";
import { fileOf, program, textOf } from "./package-files.mjs";

const [input, symbols = "never"] = process.argv.slice(2);
const context = bareContext();
const modules = new Map();

/** The module of a file, made once. */
function moduleOf(file) {
  let module = modules.get(file);
  if (module === undefined)
    modules.set(
      file,
      (module = new vm.SourceTextModule(textOf(file), { context, identifier: file, importModuleDynamically: later })),
    );
  return module;
}

const link = (name, from) => moduleOf(fileOf(name, from.identifier));

/** The package imports its own code of administration later; `fileOf` refuses all other names. */
async function later(name, from) {
  const module = link(name, from);
  if (module.status === "unlinked") await module.link(link);
  await module.evaluate();
  return module;
}

const addSymbols = () =>
  vm.runInContext("Symbol.dispose ??= Symbol('dispose'); Symbol.asyncDispose ??= Symbol('asyncDispose');", context);

if (symbols === "before") addSymbols();
const entry = moduleOf(program);
await entry.link(link);
await entry.evaluate();
if (symbols === "after") addSymbols();
const drain = () => new Promise((resolve) => setImmediate(resolve));
process.stdout.write(await entry.namespace.main(JSON.parse(input), drain));
