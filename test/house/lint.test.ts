// Each house rule has a case that breaks it, and must be reported. A rule that nothing can break is a rule that does
// not run.
import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execFileSync } from "node:child_process";
import { root } from "./root.ts";

interface Case {
  readonly rule: string;
  readonly file: string;
  readonly code: string;
  readonly says: RegExp;
}

const probe = "zz-lint-probe.ts";
const cases: readonly Case[] = [
  {
    rule: "the drop-in for kafkajs reaches the world through its host",
    file: `packages/kafkajs/src/events/a-${probe}`,
    code: 'import { Kafka } from "odradek";\nexport const a = (): unknown => [Kafka, Date.now(), Math.random()];',
    says: /Only node-host\.ts imports values[^]*Date\.now is ambient[^]*Math\.random is ambient/,
  },
  {
    rule: "the clients of the drop-in do not import each other",
    file: `packages/kafkajs/src/producer/a-${probe}`,
    code: 'import { createAdmin } from "../admin/create-admin.ts";\nexport const a: unknown = createAdmin;',
    says: /producer may not import from admin/,
  },
  {
    rule: "no host timers",
    file: `src/network/a-${probe}`,
    code: "export const a = (): unknown => setTimeout(() => undefined, 1);",
    says: /setTimeout is ambient.*delayFor/,
  },
  {
    rule: "no Date.now",
    file: `src/network/b-${probe}`,
    code: "export const a = (): number => Date.now();",
    says: /Date\.now is ambient/,
  },
  {
    rule: "no Math.random",
    file: `src/network/c-${probe}`,
    code: "export const a = (): number => Math.random();",
    says: /Math\.random differs/,
  },
  {
    rule: "no engine-dependent maths",
    file: `src/network/d-${probe}`,
    code: "export const a = (): number => Math.pow(2, 0.5);",
    says: /Math\.pow differs/,
  },
  {
    rule: "no finally of a promise, which takes fewer turns on one engine",
    file: `src/network/d2-${probe}`,
    code: "export const a = (p: Promise<void>): Promise<void> => p.finally(() => undefined);",
    says: /finally takes fewer turns.*whenSettled/,
  },
  {
    rule: "no host modules",
    file: `src/network/e-${probe}`,
    code: 'import { connect } from "node:net";\nexport const a: unknown = connect;',
    says: /Host modules live in src\/platform/,
  },
  {
    rule: "no host modules, when they are used either",
    file: `src/network/e2-${probe}`,
    code: 'export const a = (): Promise<unknown> => import("timers");',
    says: /Host modules live in src\/platform/,
  },
  {
    rule: "no Date",
    file: `src/network/b2-${probe}`,
    code: "export const a = (): unknown => [new Date(), Date()];",
    says: /Date is ambient.*clock\.now/,
  },
  {
    rule: "no way round by globalThis",
    file: `src/network/b3-${probe}`,
    code: "export const a = (): unknown => globalThis.setTimeout;",
    says: /globalThis is ambient/,
  },
  {
    rule: "no powers that engines compute differently",
    file: `src/network/b4-${probe}`,
    code: "export const a = (b: number): number => { let c = b ** 0.5; c **= b; return c ** 2; };",
    says: /\*\* with such an exponent[^]*\*\*= with such an exponent/,
  },
  {
    rule: "every case of a union",
    file: `src/network/b5-${probe}`,
    code: 'export function a(b: "x" | "y"): number { switch (b) { case "x": return 1; } return 2; }',
    says: /Switch is not exhaustive/,
  },
  {
    rule: "no Buffer",
    file: `src/network/f-${probe}`,
    code: "export const a = (): Uint8Array => Buffer.alloc(1);",
    says: /Buffer is ambient/,
  },
  {
    rule: "layers: errors import nothing",
    file: `src/errors/g-${probe}`,
    code: 'import { Cancellation } from "../runtime/cancellation.ts";\nexport const a: unknown = Cancellation;',
    says: /src\/errors may import only from nothing/,
  },
  {
    rule: "layers: type imports count",
    file: `src/wire/h-${probe}`,
    code: 'import type { Clock } from "../runtime/async-runtime.ts";\nexport const a: Clock | undefined = undefined;',
    says: /src\/wire may import only from errors/,
  },
  {
    rule: "layers: siblings",
    file: `src/producer/i-${probe}`,
    code: 'import { Consumer } from "../consumer/consumer.ts";\nexport const a: unknown = Consumer;',
    says: /src\/producer may import only/,
  },
  {
    rule: "rooms: a room imports from those below it only, type imports included",
    file: `src/producer/partition/u-${probe}`,
    code: 'import type { Sink } from "../sending/sink.ts";\nexport const a: Sink | undefined = undefined;',
    says: /src\/producer\/partition may import only from partition/,
  },
  {
    rule: "rooms: the files of the folder itself are above them",
    file: `src/producer/sending/v-${probe}`,
    code: 'import type { ProducerOptions } from "../options.ts";\nexport type A = ProducerOptions;',
    says: /src\/producer\/sending may import only from partition, transactions, sending/,
  },
  {
    rule: "rooms: an upper room lies above the files of its folder",
    file: `src/cluster/w-${probe}`,
    code: 'import type { Verdict } from "./routing/verdict.ts";\nexport type A = Verdict<number>;',
    says: /src\/cluster\/routing lies above/,
  },
  {
    rule: "layers: the cluster never imports the client",
    file: `src/embedded/j-${probe}`,
    code: 'import { Cluster } from "../cluster/cluster.ts";\nexport const a: unknown = Cluster;',
    says: /src\/embedded may import only/,
  },
  {
    rule: "layers: entry points are above",
    file: `src/producer/k-${probe}`,
    code: 'import { Kafka } from "../kafka.ts";\nexport const a: unknown = Kafka;',
    says: /Imports go down only/,
  },
  {
    rule: "layers: scenarios use the client as its users do",
    file: `src/scenarios/w-${probe}`,
    code: 'import type { Fetcher } from "../consumer/fetching/fetcher.ts";\nexport type A = Fetcher;',
    says: /src\/scenarios may import only from errors/,
  },
  {
    rule: "layers: the simulator knows no scenario of the client",
    file: `src/simulation/x-${probe}`,
    code: 'import { CALM } from "../scenarios/checkers/calm.ts";\nexport const a: unknown = CALM;',
    says: /src\/simulation may import only/,
  },
  {
    rule: "layers: scenarios name no host",
    file: `src/scenarios/y-${probe}`,
    code: 'import { Kafka } from "../node.ts";\nexport const a: unknown = Kafka;',
    says: /Imports go down only/,
  },
  {
    rule: "no module-level mutable state",
    file: `src/network/n-${probe}`,
    code: "let count = 0;\nexport const a = (): number => count++;",
    says: /module-level mutable state/,
  },
  { rule: "no default exports", file: `src/network/o-${probe}`, code: "export default 1;", says: /No default exports/ },
  {
    rule: "no any",
    file: `src/network/p-${probe}`,
    code: "export const a = (x: any): unknown => x;",
    says: /no-explicit-any/,
  },
  {
    rule: "no non-null assertions",
    file: `src/network/q-${probe}`,
    code: "export const a = (x: readonly number[]): number => x[0]!;",
    says: /no-non-null-assertion/,
  },
  {
    rule: "no floating promises",
    file: `src/network/r-${probe}`,
    code: "export const a = (p: () => Promise<void>): void => { p(); };",
    says: /no-floating-promises/,
  },
  {
    rule: "only KafkaError is thrown",
    file: `src/network/s-${probe}`,
    code: 'export const a = (): never => { throw new Error("x"); };',
    says: /Throw a KafkaError/,
  },
  {
    rule: "no long functions",
    file: `src/network/t-${probe}`,
    code: `export function a(): number {\n  let n = 0;\n${"  n++;\n".repeat(75)}  return n;\n}`,
    says: /max-lines-per-function/,
  },
  { rule: "no long files", file: `src/network/u-${probe}`, code: "// line\n".repeat(620), says: /max-lines/ },
  { rule: "no enums", file: `src/network/v-${probe}`, code: "export enum E { A }", says: /No enums/ },
  {
    rule: "no using",
    file: `src/network/w-${probe}`,
    code: "export const a = (d: Disposable): void => { using x = d; void x; };",
    says: /No `using`/,
  },
];

test("every house rule bites", { concurrency: false }, async (t) => {
  const base = join(root, "build", "lint-probe");
  rmSync(base, { recursive: true, force: true });
  const reports = lintAll(base);
  for (const c of cases) {
    await t.test(c.rule, () => {
      const messages = reports.get(c.file);
      assert.ok(messages !== undefined, `${c.file} was not linted`);
      assert.match(messages, c.says);
    });
  }
  rmSync(base, { recursive: true, force: true });
});

/** Lints the probes in a copy of the sources' shape, so that a crash leaves nothing in src. */
function lintAll(base: string): Map<string, string> {
  const link = (name: string): void => {
    execFileSync("cp", ["-r", join(root, name), join(base, name)]);
  };
  mkdirSync(base, { recursive: true });
  for (const name of ["src", "packages", "scripts", "eslint.config.js", "package.json", "tsconfig.base.json"])
    link(name);
  writeFileSync(
    join(base, "tsconfig.lint.json"),
    JSON.stringify({
      extends: "./tsconfig.base.json",
      compilerOptions: {
        noEmit: true,
        rewriteRelativeImportExtensions: false,
        declaration: false,
        isolatedDeclarations: false,
        types: ["node"],
        skipLibCheck: true,
        erasableSyntaxOnly: false,
      },
      include: ["src/**/*.ts", "packages/*/src/**/*.ts"],
    }),
  );
  for (const c of cases) {
    mkdirSync(dirname(join(base, c.file)), { recursive: true });
    writeFileSync(join(base, c.file), c.code);
  }
  const eslint = join(root, "node_modules", "eslint", "bin", "eslint.js");
  const files = cases.map((c) => c.file);
  let text: string;
  try {
    text = execFileSync(process.execPath, [eslint, "--format", "json", "--no-ignore", ...files], {
      cwd: base,
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
  } catch (error) {
    text = (error as { stdout: string }).stdout;
  }
  const found = JSON.parse(text) as { filePath: string; messages: { ruleId: string | null; message: string }[] }[];
  return new Map(
    found.map((file) => [
      file.filePath.slice(base.length + 1),
      file.messages.map((m) => `${m.ruleId ?? ""}: ${m.message}`).join("\n"),
    ]),
  );
}
