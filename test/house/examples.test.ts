// Every example in the README and in docs/ compiles against the built package, as a user's own file would.
import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./root.ts";

/** What examples may use without making it: names that the text around them speaks of. */
const known: Readonly<Record<string, string>> = {
  kafka: "declare const kafka: import('odradek').Kafka;",
  producer: "declare const producer: import('odradek').Producer;",
  consumer: "declare const consumer: import('odradek').Consumer;",
  cluster: "declare const cluster: import('odradek/embedded').EmbeddedCluster;",
  value: "declare const value: Uint8Array;",
  handle: "declare function handle(record: import('odradek').KafkaRecord<Uint8Array | null, Uint8Array | null>): void;",
  KafkaError: "import { KafkaError } from 'odradek';",
  Kafka: "import { Kafka } from 'odradek';",
  Delay: "import type { Delay } from 'odradek';",
};

interface Example {
  readonly where: string;
  readonly language: string;
  readonly code: string;
}

function examples(file: string): readonly Example[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/^```(ts|js)\n([\s\S]*?)^```$/gm)].map((m, i) => ({ where: `${file.replaceAll(/[^a-zA-Z]/g, "_")}_${i + 1}`, language: m[1] ?? "", code: m[2] ?? "" }));
}

/** An example as a module: names that it uses and does not make are declared before it. */
function moduleOf(code: string): string {
  const declares = (name: string): boolean => new RegExp(`\\b(const|let|using|class|interface|function|type)\\s+${name}\\b|import\\s+(type\\s+)?\\{[^}]*\\b${name}\\b[^}]*\\}`).test(code);
  const prelude = Object.entries(known).filter(([name]) => new RegExp(`\\b${name}\\b`).test(code) && !declares(name)).map(([, line]) => line);
  return `${prelude.join("\n")}\n${code}\nexport {};\n`;
}

function compile(folder: string, sources: ReadonlyMap<string, string>): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, code] of sources) writeFileSync(join(folder, name), code);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { target: "ES2022", lib: ["ES2022", "DOM", "ESNext.Disposable"], module: "NodeNext", moduleResolution: "NodeNext", strict: true, noEmit: true, skipLibCheck: true, types: [] }, include: ["*.ts"] }));
  const result = spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", folder], { encoding: "utf8" });
  return result.stdout;
}

test("the examples of README.md and docs/ compile", () => {
  const pages = ["README.md", ...readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md") && name !== "DESIGN.md").map((name) => `docs/${name}`)];
  const found = pages.flatMap(examples);
  assert.ok(found.length >= 4);
  // JavaScript is checked for its syntax and its imports only: a strict compiler would ask it for types.
  const sources = new Map(found.map((example) => [`${example.where}.ts`, example.language === "js" ? `// @ts-nocheck\n${example.code}` : moduleOf(example.code)]));
  assert.equal(compile(join(root, "build", "docs-examples"), sources), "");
  const broken = new Map([["broken.ts", moduleOf('const lag: string = consumer.position({ topic: "t", partition: 0 });\nproducer.enqueue({ topik: "t" });')]]);
  assert.match(compile(join(root, "build", "examples-broken"), broken), /topik/);
});
