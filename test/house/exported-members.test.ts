// Each public member of an exported interface, class or object type has a doc comment of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ExportedMembers } from "./exported-members.ts";
import { root } from "./root.ts";

/** The entries for users, and how many members each has at least: a walk that finds less has lost its way. */
const ENTRIES: Readonly<Record<string, number>> = {
  "src/core.ts": 850,
  "src/node.ts": 450,
  "src/embedded.ts": 100,
  "src/runtime.ts": 140,
  "src/records.ts": 90,
  "src/simulation.ts": 350,
};

/** Folders whose members may still lack comments. Empty: keep it so. */
const LEFT: readonly string[] = [];

/** The members that lack a comment, in made-up files. */
function silent(files: Readonly<Record<string, string>>): readonly string[] {
  const read = (path: string): string => files[path.slice(1)] ?? assert.fail(`no file ${path}`);
  return new ExportedMembers("/", read)
    .of("entry.ts")
    .filter(({ isDocumented }) => !isDocumented)
    .map(({ name }) => name);
}

for (const [entry, atLeast] of Object.entries(ENTRIES)) {
  test(`no member of a type that ${entry} exports is without a doc comment`, () => {
    const members = new ExportedMembers(root).of(entry);
    assert.ok(members.length >= atLeast, String(members.length));
    const missing = members.filter(
      ({ file, isDocumented }) => !isDocumented && !LEFT.some((at) => file.startsWith(at)),
    );
    assert.deepEqual(
      missing.map(({ file, name }) => `${file}: ${name}`),
      [],
    );
  });
}

test("a member without a comment is found in interfaces, classes and the object types of an alias", () => {
  assert.deepEqual(
    silent({
      "entry.ts": `
        export interface A {
          /** Said. */
          readonly said: number;
          readonly silent: number;
          readonly "quoted": number;
        }
        export class B {
          /** */
          empty(): void {}
          get value(): number { return 1; }
          static made(): B { return new B(); }
        }
        export type C = number | ({ readonly part: number } & { readonly other: number });
        interface Hidden { readonly silent: number }`,
    }),
    ['A."quoted"', "A.silent", "B.empty", "B.made", "B.value", "C.other", "C.part"],
  );
});

test("private and internal members, constructors and those that a symbol names need no comment", () => {
  assert.deepEqual(
    silent({
      "entry.ts": `
        export class A {
          readonly #own = 1;
          private legacy = 2;
          /** @internal */
          inside = 3;
          constructor() {}
          [Symbol.dispose](): void {}
        }
        export interface B { (call: number): void; [key: string]: unknown }`,
    }),
    [],
  );
});

test("overloads share the comment of one of them", () => {
  assert.deepEqual(
    silent({
      "entry.ts": `
        export class A {
          /** Said. */
          a(): void;
          a(b: number): void;
          a(): void {}
          b(): void;
          b(): void {}
        }`,
    }),
    ["A.b"],
  );
});

test("types that come from other files are followed, under the name that the entry gives them", () => {
  assert.deepEqual(
    silent({
      "entry.ts": 'export { A as B, make } from "./a.ts";\nexport type * from "./deep/b.ts";',
      "a.ts":
        "export interface A { readonly a: number }\nexport interface Unused { readonly b: 1 }\nexport const make = 1;",
      "deep/b.ts": 'export type { C } from "../c.ts";',
      "c.ts": "export interface C { readonly c: number }",
    }),
    ["B.a", "C.c"],
  );
});
