// The published types, as an editor shows them: each type can be imported, each name exists at run time, and no
// internal member is visible.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Declarations } from "./declarations.ts";
import { root } from "./root.ts";
import { schemas } from "../../src/protocol/messages/all.ts";

/** Each entry, and the other entries from which the types in its signatures may come. */
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  node: ["protocol"],
  core: ["protocol"],
  embedded: ["runtime", "protocol"],
  runtime: [],
  protocol: [],
  records: [],
  simulation: ["core", "runtime", "protocol", "embedded"],
};

/** Kafka's messages and their parts, whose fields Kafka's own definitions describe. */
const isMessage = (name: string): boolean =>
  Object.keys(schemas).some((message) => name.replace(/^Messages\./, "").startsWith(message));

const declared = (entry: string): string => join(root, "dist", `${entry}.d.cts`);

let published: Declarations;
let folder: string;

before(() => {
  published = new Declarations(Object.keys(ENTRIES).map(declared));
  folder = mkdtempSync(join(tmpdir(), "odradek-types-"));
});

after(() => rmSync(folder, { recursive: true }));

/** Declarations of one file, for what must be found. */
function planted(text: string): { readonly file: string; readonly declarations: Declarations } {
  const file = join(folder, "planted.d.cts");
  writeFileSync(file, text);
  return { file, declarations: new Declarations([file]) };
}

for (const [entry, others] of Object.entries(ENTRIES)) {
  test(`every type that stands in a signature of odradek/${entry} has a name that users can import`, () => {
    const elsewhere = new Set(others.flatMap((other) => published.names(declared(other))));
    assert.deepEqual(published.hidden(declared(entry), elsewhere), []);
  });

  test(`the types of odradek/${entry} promise the names that there are at run time, and no others`, async () => {
    const module = (await import(pathToFileURL(join(root, "dist", `${entry}.js`)).href)) as object;
    assert.deepEqual(published.values(declared(entry)), Object.keys(module).sort());
  });

  test(`odradek/${entry} says what each of its names is, and each of their members`, () => {
    const silent = published.undocumented(declared(entry));
    assert.deepEqual(
      silent.filter((name) => !isMessage(name)),
      [],
    );
  });

  test(`odradek/${entry} shows no name that the bundler made up, and nothing that is internal`, () => {
    const text = readFileSync(declared(entry), "utf8");
    assert.deepEqual(text.match(/\w+\$\d|@internal|#private/g) ?? [], []);
  });
}

test("the declarations compile where libraries are checked too", () => {
  // A program of its own: the compiler adds to its complaints what it finds in comments when it is asked for them.
  assert.deepEqual(new Declarations(Object.keys(ENTRIES).map(declared)).complaints(), []);
});

test(
  "a type that is not exported is found where it stands: in a member, a base, a type argument; one that another " +
    "entry has is not",
  () => {
    const { file, declarations } = planted(`
    interface Base { readonly a: number }
    interface Field { readonly b: number }
    interface Argument { readonly c: number }
    interface Elsewhere { readonly d: number }
    interface Unused { readonly e: number }
    declare class Shown implements Base { readonly a: number; readonly field: Field; all(): readonly Argument[]; other(): Elsewhere; }
    export type { Shown };`);
    assert.deepEqual(declarations.hidden(file, new Set(["Elsewhere"])), ["Argument", "Base", "Field"]);
  },
);

test("a class that is exported as a type alone is no value", () => {
  const { file, declarations } = planted(
    "declare class Value {}\ndeclare class OnlyType {}\nexport { Value };\nexport type { OnlyType };",
  );
  assert.deepEqual([declarations.values(file), declarations.names(file)], [["Value"], ["OnlyType", "Value"]]);
});

test("names and members without a comment are found, but for what is private, named by a symbol or said by a base", () => {
  const { file, declarations } = planted(`
    /** Said. */
    export declare class Said implements Silent {
      private constructor();
      /** Said. */
      known(): void;
      silent(): void;
      member: number;
      inherited: number;
      [Symbol.iterator](): void;
      private hidden: number;
    }
    export interface Silent {
      readonly member: number;
      /** Said. */
      readonly inherited: number;
    }`);
  assert.deepEqual(declarations.undocumented(file), ["Said.member", "Said.silent", "Silent", "Silent.member"]);
});

test(
  "what is internal is taken out of declarations: members, bases, and constructors, in whose place one stands that " +
    "nobody can call",
  async () => {
    const { hideInternals } = (await import(pathToFileURL(join(root, "scripts", "hide-internals.mjs")).href)) as {
      hideInternals(folder: string): void;
    };
    const place = mkdtempSync(join(folder, "hide-"));
    const file = join(place, "client.d.ts");
    writeFileSync(
      join(place, "base.d.ts"),
      "/** Says what there is not. @internal */\nexport declare const ClientBase: new () => object;\nexport " +
        "interface Shown {\n    readonly a: number;\n}\n",
    );
    writeFileSync(
      file,
      `import { ClientBase, type Shown } from "./base.ts";
export declare class Client extends ClientBase implements Shown {
    readonly a: number;
    /** Only the library calls it. @internal */
    constructor(insides: object);
    /** For users. */
    send(): void;
    /** @internal */
    reader(): object;
}
export declare class Both {
    constructor(options: object);
    /** @internal */
    constructor(options: object, host: object);
}
`,
    );
    hideInternals(place);
    const hidden = readFileSync(file, "utf8");
    assert.equal(
      hidden,
      `import { ClientBase, type Shown } from "./base.ts";
export declare class Client implements Shown {
    readonly a: number;
    private constructor();
    /** For users. */
    send(): void;
}
export declare class Both {
    constructor(options: object);
}
`,
    );
    hideInternals(place);
    assert.equal(readFileSync(file, "utf8"), hidden, "twice is once");
  },
);
