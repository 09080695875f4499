// A module's references to its host: the modules that it names, and the globals that it reads that are not part of
// ECMAScript or differ between hosts and runs.
import { Linter } from "eslint";

/**
 * ECMAScript's own, but of time, chance, place, memory or threads: a bare engine may leave them out, and a simulated
 * run must not read them.
 */
const AMBIENT = [
  "Date",
  "Intl",
  "WeakRef",
  "FinalizationRegistry",
  "SharedArrayBuffer",
  "Atomics",
  "globalThis",
  "escape",
  "unescape",
];

const linter = new Linter();

/** One line for each use of a host, with its place. */
export function usesOfHost(code: string, sourceType: "module" | "commonjs"): readonly string[] {
  const messages = linter.verify(code, [
    {
      languageOptions: {
        ecmaVersion: 2022,
        sourceType,
        globals: Object.fromEntries(AMBIENT.map((name) => [name, "off"])),
      },
      linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "off" },
      rules: {
        "no-undef": ["error", { typeof: true }],
        "no-restricted-properties": ["error", { object: "Math", property: "random" }],
        "no-restricted-syntax": [
          "error",
          // Code of SASL is loaded when it is needed. A file of the package itself is no module of a host.
          "ImportExpression:not([source.value=/^\\.\\/[\\w-]+\\.js$/])",
          "MetaProperty[meta.name='import']",
          "CallExpression[callee.name='require'][arguments.0.type!='Literal']",
        ],
        "no-eval": "error",
        "no-implied-eval": "error",
        "no-new-func": "error",
      },
    },
  ]);
  return messages.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

/** The modules that it imports or requires, by any of the ways there are. */
export function modulesOf(code: string): readonly string[] {
  return [...code.matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*(["'`])([^"'`\n]+)\1/g)].map(
    (match) => match[2] ?? "",
  );
}
