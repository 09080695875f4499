// Only one file writes the state of a partition: its fields are private, and other files call methods or send events.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { root } from "./root.ts";

const ROOMS: readonly (readonly [name: string, file: string])[] = [
  ["PartitionQueue", "src/producer/partition/partition-queue.ts"],
  ["ProducerBatch", "src/producer/partition/batch.ts"],
  ["Sequencer", "src/producer/partition/sequencer.ts"],
  ["Sink", "src/producer/sending/sink.ts"],
  ["BrokerPace", "src/producer/sending/broker-pace.ts"],
  ["Cursor", "src/consumer/partitions/cursor.ts"],
  ["CursorRoute", "src/consumer/partitions/cursor-route.ts"],
  ["PreferredReplica", "src/consumer/partitions/preferred-replica.ts"],
  ["Progress", "src/consumer/partitions/progress.ts"],
  ["PartitionLog", "src/consumer/partitions/partition-log.ts"],
  ["FetchedBatches", "src/consumer/partitions/fetched-batches.ts"],
  ["Doubts", "src/consumer/partitions/doubts.ts"],
  ["HeldBytes", "src/consumer/partitions/held-bytes.ts"],
  ["FetchSession", "src/consumer/fetching/fetch-session.ts"],
  ["FetchPlan", "src/consumer/fetching/fetch-plan.ts"],
  ["Source", "src/consumer/fetching/source.ts"],
  ["HandOut", "src/consumer/fetching/hand-out.ts"],
  ["Fetcher", "src/consumer/fetching/fetcher.ts"],
  ["Holdings", "src/consumer/group/holdings.ts"],
];

/** Names of the fields of a class that code outside of it could assign to, or change in place. */
function openFields(name: string, code: string): readonly string[] {
  const source = ts.createSourceFile("class.ts", code, ts.ScriptTarget.ES2022, true);
  const declared = source.statements.find((one) => ts.isClassDeclaration(one) && one.name?.text === name);
  assert.ok(declared !== undefined && ts.isClassDeclaration(declared), `no class ${name}`);
  return declared.members.flatMap((member) => {
    if (!ts.isPropertyDeclaration(member) || !ts.isIdentifier(member.name)) return [];
    const isReadonly = member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ReadonlyKeyword) === true;
    const type = member.type?.getText(source) ?? "";
    const isCollection = /\[\]$|^(Map|Set)</.test(type) && !type.startsWith("readonly");
    return !isReadonly || isCollection ? [member.name.text] : [];
  });
}

for (const [name, file] of ROOMS)
  test(`nobody outside of ${file} assigns to a field of ${name}`, () => {
    assert.deepEqual(openFields(name, readFileSync(join(root, file), "utf8")), []);
  });

test("a field that others could write is found, and a list that they could change", () => {
  const code = `class A { readonly a: string; b = 1; #c = 2; readonly d: string[]; readonly e: readonly string[];
    readonly f: Set<string>; get g() { return 1; } readonly h: ReadonlyMap<string, number>; static i = 1; }`;
  assert.deepEqual(openFields("A", code), ["b", "d", "f", "i"]);
});
