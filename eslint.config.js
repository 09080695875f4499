// The house rules, as lint. Each has a negative test in test/house/lint.test.ts that proves it bites.
import tseslint from "typescript-eslint";
import { importX } from "eslint-plugin-import-x";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import { dropInLayers, layers } from "./scripts/layers.mjs";

const replacement = {
  setTimeout: "runtime.delayFor",
  setInterval: "runtime.delayFor in a loop",
  setImmediate: "runtime.delayFor(0)",
  clearTimeout: "dispose of the delay",
  queueMicrotask: "runtime.spawn",
  performance: "clock.monotonic",
  crypto: "entropy or crypto of the platform",
  process: "an option, or the platform",
  Buffer: "Uint8Array and src/wire",
  console: "onLog, or the platform's log",
  Date: "clock.now",
  globalThis: "a member of the platform",
  TextEncoder: "src/wire/utf8.ts",
  TextDecoder: "src/wire/utf8.ts",
  AbortController: "Cancellation (src/runtime/cancellation.ts)",
  AbortSignal: "AbortSignalLike (src/runtime/cancellation.ts)",
  fetch: "the platform's fetch",
  structuredClone: "a copy by hand: hosts differ",
  WeakRef: "explicit ownership: collection is not deterministic",
  FinalizationRegistry: "explicit ownership: collection is not deterministic",
};
const engineDependent = [
  "log",
  "log2",
  "log10",
  "log1p",
  "exp",
  "expm1",
  "pow",
  "sin",
  "cos",
  "tan",
  "cbrt",
  "tanh",
  "random",
];
const because = "is ambient: it cannot run on a simulated host. Use";

/** Of a module that only a host has. */
const hostModules = "node:|timers|fs|net|os|path|zlib|crypto|bun|cloudflare:";

const bannedSyntax = [
  {
    selector:
      "Program > VariableDeclaration[kind='let'], Program > ExportNamedDeclaration > VariableDeclaration[kind='let']",
    message: "No module-level mutable state: two clients in a process would share it.",
  },
  { selector: "TSEnumDeclaration", message: "No enums: a union of strings says the same and is erasable." },
  { selector: "ExportDefaultDeclaration", message: "No default exports: a name is the same everywhere." },
  {
    selector: "VariableDeclaration[kind='using'], VariableDeclaration[kind='await using']",
    message: "No `using` in src: its down-level helper throws where Symbol.dispose is absent.",
  },
  {
    selector: "ThrowStatement > NewExpression[callee.name=/^(Error|TypeError|RangeError|SyntaxError)$/]",
    message: "Throw a KafkaError: what was tried, where, what to do.",
  },
  {
    selector: `ImportExpression[source.value=/^(${hostModules})/]`,
    message: "Host modules live in src/platform and src/cli only.",
  },
];

/** Engines need not agree on a power, unless it is one of whole numbers. */
const bannedPowers = [
  {
    selector: "BinaryExpression[operator='**']:not([right.raw=/^[0-9_]+$/])",
    message: "** with such an exponent may differ between engines: use whole numbers, shifts or a table.",
  },
  {
    selector: "AssignmentExpression[operator='**=']:not([right.raw=/^[0-9_]+$/])",
    message: "**= with such an exponent may differ between engines: use whole numbers, shifts or a table.",
  },
];

export default tseslint.config(
  {
    ignores: [
      "**/dist/",
      "build/",
      "node_modules/",
      "src/protocol/messages/",
      "test/protocol/messages/",
      "**/*.java",
      "test/fixtures/",
      "src/errors/error-code.ts",
      "src/errors/error-table.ts",
    ],
  },
  {
    // Prettier breaks code, and neither comments nor texts. It keeps a test's title on the line of its call.
    files: ["**/*.ts", "**/*.mjs", "**/*.js"],
    rules: {
      "max-len": [
        "error",
        {
          code: 120,
          ignorePattern: "^\\s*(void )?(test|it)\\(",
          ignoreRegExpLiterals: true,
          ignoreTemplateLiterals: true,
          ignoreUrls: true,
        },
      ],
    },
  },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { project: "./tsconfig.lint.json", tsconfigRootDir: import.meta.dirname } },
    settings: {
      "import-x/resolver-next": [createTypeScriptImportResolver({ project: "./tsconfig.lint.json" })],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // noUncheckedIndexedAccess and typed arrays make honest guards look needless.
      "@typescript-eslint/no-unnecessary-condition": "off",
      // Arrows that call and return nothing are how callbacks read best.
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/no-invalid-void-type": "off", // the contract's `then(onElapsed: (value: void) => void)`
      "@typescript-eslint/unified-signatures": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: {
      "max-lines": ["error", { max: 400 }],
      "max-lines-per-function": ["error", { max: 70, skipComments: true, skipBlankLines: true }],
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones: layers() }],
      "no-restricted-syntax": ["error", ...bannedSyntax, ...bannedPowers],
    },
  },
  {
    // An exponent that is one byte of the input, and at most 31.
    files: ["src/records/zstd/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: { "no-restricted-syntax": ["error", ...bannedSyntax] },
  },
  {
    // These two may import what their host has, at the moment when it is used.
    files: ["src/platform/**/*.ts", "src/cli/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...bannedSyntax.filter(({ selector }) => !selector.startsWith("ImportExpression")),
        ...bannedPowers,
      ],
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["**/*.test.ts", "src/platform/**", "src/cli/**"],
    rules: {
      "no-restricted-globals": [
        "error",
        ...Object.entries(replacement).map(([name, use]) => ({ name, message: `${name} ${because} ${use}.` })),
      ],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: `Date.now ${because} clock.now.` },
        {
          property: "finally",
          message: "finally takes fewer turns of the microtask queue on Bun than elsewhere. Use whenSettled.",
        },
        ...engineDependent.map((property) => ({
          object: "Math",
          property,
          message: `Math.${property} differs between engines or runs. Use integers, or entropy.`,
        })),
      ],
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: [
                "node:*",
                "timers",
                "timers/*",
                "fs",
                "net",
                "os",
                "path",
                "zlib",
                "crypto",
                "bun",
                "cloudflare:*",
              ],
              message: "Host modules live in src/platform and src/cli only.",
            },
          ],
        },
      ],
    },
  },
  {
    // The drop-in for kafkajs is of Node, and has kafkajs's errors; the rest of the world it reaches through its host.
    files: ["packages/kafkajs/src/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: {
      "max-lines": ["error", { max: 400 }],
      "max-lines-per-function": ["error", { max: 70, skipComments: true, skipBlankLines: true }],
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones: dropInLayers() }],
      "no-restricted-syntax": ["error", ...bannedSyntax.filter(({ selector }) => !selector.startsWith("Throw"))],
    },
  },
  {
    files: ["packages/kafkajs/src/**/*.ts"],
    ignores: ["**/*.test.ts", "packages/kafkajs/src/node-host.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        ...Object.entries(replacement)
          .filter(([name]) => name !== "Buffer" && name !== "Date")
          .map(([name]) => ({ name, message: `${name} is ambient: it cannot run on a simulated host. Use Host.` })),
      ],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "Date.now is ambient. Use host.clock.now." },
        { object: "Math", property: "random", message: "Math.random is ambient. Use host.random." },
      ],
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          paths: ["odradek", "odradek/core", "odradek/records", "odradek/embedded", "odradek/runtime"].map((name) => ({
            name,
            allowTypeImports: true,
            message: "Only node-host.ts imports values of Odradek: tests run the rest on another host.",
          })),
          patterns: [{ group: ["node:*"], message: "Only node-host.ts imports modules of Node. Use Host." }],
        },
      ],
    },
  },
  {
    // They are kafkajs's types, with its `any` and its parameters that nothing uses.
    files: ["packages/kafkajs/types/*.d.ts"],
    rules: {
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-unused-vars": "off",
      "@typescript-eslint/no-empty-object-type": "off",
      "@typescript-eslint/no-deprecated": "off",
    },
  },
  {
    // The kit does to a runtime what these rules keep others from.
    files: ["src/runtime/conformance/**/*.ts"],
    rules: { "@typescript-eslint/require-await": "off", "@typescript-eslint/unbound-method": "off" },
  },
  {
    // Typed-array reads: an index that was checked once is not checked again on the hot path.
    files: ["src/wire/**/*.ts", "src/records/**/*.ts"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
  {
    files: ["**/*.test.ts", "test/**/*.ts", "bench/**/*.ts"],
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", package: "node:test", name: ["test", "it", "describe", "suite"] },
          ],
        },
      ],
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/require-await": "off",
      // Regular expressions' and runtimes' methods are handed around on purpose.
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-empty-function": "off",
    },
  },
);
