import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseJaas } from "./jaas.ts";
import { parseProperties } from "./properties.ts";

for (const [what, text, entries] of [
  [
    "an equals sign, a colon and a blank end the name",
    "a=1\nb:2\nc 3\nd = 4\ne",
    { a: "1", b: "2", c: "3", d: "4", e: "" },
  ],
  ["comments and blank lines are skipped", "# a=1\n ! b=2\n\n  c=3", { c: "3" }],
  [
    "a backslash continues a line, without the white space that follows",
    "a=one \\\n   two\nb=3",
    { a: "one two", b: "3" },
  ],
  ["two backslashes at the end are one of the value", "a=C:\\\\\nb=2", { a: "C:\\", b: "2" }],
  ["escapes, also in names", "a\\=b\\ c=\\u00fc\\t\\n\\q", { "a=b c": "ü\t\nq" }],
  ["the value keeps its equals signs and trailing blanks", "a=b=c= \r\nd=1", { a: "b=c= ", d: "1" }],
  ["a comment sign inside a value stays, and the last entry counts", "a=1 # x\na=2 ! y", { a: "2 ! y" }],
] as const) {
  test(`properties: ${what}`, () => {
    assert.deepEqual(Object.fromEntries(parseProperties(text)), entries);
  });
}

test("a wrong line is named by its number, never by its content", () => {
  for (const [text, says] of [
    ["a=1\n=secret", /^line 2 has no name/],
    ["a=\\u12secret", /^line 1 has "\\u" without/],
  ] as const)
    assert.throws(() => parseProperties(text), { kind: "config", message: says });
});

test("each value that is written with escapes is read as it was", () => {
  const escape = (text: string): string =>
    text.replace(/[^\w-]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (name, value) => {
      assert.deepEqual([...parseProperties(`${escape(name)} = ${escape(value)}`)], [[name, value]]);
    }),
  );
});

for (const [what, text, module, options] of [
  [
    "double quotes",
    'a.b.PlainLoginModule required username="al" password="p w";',
    "PlainLoginModule",
    { username: "al", password: "p w" },
  ],
  ["single quotes, and none", "X required a='1' b=2 ;", "X", { a: "1", b: "2" }],
  ["escaped quotes and a semicolon in a value", 'X required a="q\\"; b=1" c="\\\\";', "X", { a: 'q"; b=1', c: "\\" }],
  ["blanks around the equals sign, and lines", 'X\n required\n  a = "1"\n;', "X", { a: "1" }],
  ["no options", "X required;", "X", {}],
] as const) {
  test(`sasl.jaas.config: ${what}`, () => {
    const jaas = parseJaas(text);
    assert.deepEqual([jaas.module, Object.fromEntries(jaas.options)], [module, options]);
  });
}

for (const [what, text, says] of [
  ["the semicolon is missing", 'X required password="hunter2"', /semicolon/],
  ["a quote is not closed", 'X required password="hunter2;', /after the module: is a quote missing/],
  ["it begins with an option", 'username="hunter2"', /must begin with a login module/],
  ["two modules", 'X required password="hunter2"; Y required;', /more than one login module/],
  ["a value without quotes that has an equals sign", "X required a=1 password=hunter2==;", /after password/],
] as const) {
  test(`sasl.jaas.config that is wrong is refused without its values: ${what}`, () => {
    assert.throws(
      () => parseJaas(text),
      (error: { readonly kind: string; readonly message: string }) => {
        assert.equal(error.kind, "config");
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  });
}
