// Random calls of the public API: a corpus, and seeds of the commit (see seeds.ts).
import assert from "node:assert/strict";
import { test } from "node:test";
import { LazyCalls } from "../../src/admin/lazy-calls.ts";
import * as core from "../../src/core.ts";
import { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import { Pipeline } from "../../src/exactly-once/pipeline.ts";
import { BatchStream } from "../../src/consumer/reading/batch-stream.ts";
import { PartitionStream } from "../../src/consumer/reading/partition-stream.ts";
import { RecordStream } from "../../src/consumer/reading/record-stream.ts";
import { simulate } from "../../src/simulation.ts";
import { Stage } from "./random-calls/stage.ts";
import { type Table, tableOf } from "./random-calls/table.ts";
import { seedsOf, upTo } from "./seeds.ts";
import { testSeeds } from "./test-seeds.ts";

/** They found bugs: an interceptor that threw for a record whose topic is a Symbol; a check of the test itself. */
const FOUND = [503992064, 503992492];

testSeeds("random-calls", seedsOf([...FOUND, ...upTo(8)]));

/** The classes of the objects that an application uses. */
const CLASSES: Readonly<Record<string, readonly { readonly prototype: object }[]>> = {
  Kafka: [core.Kafka],
  Admin: [core.Admin, LazyCalls],
  Producer: [core.Producer],
  Transaction: [core.Transaction],
  Consumer: [core.Consumer],
  PartitionStream: [PartitionStream],
  Iterator: [RecordStream, BatchStream],
  Pipeline: [Pipeline],
  EmbeddedCluster: [EmbeddedCluster],
};
/** Exported functions and other classes, and where they are called with wrong arguments. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  simulate: "test/client/wrong-input-calls",
  simulatedPlatform: "for tests",
  boxedRuntime: "test/runtimes",
  wheelRuntime: "test/runtimes",
  memoryStreams: "test/runtime",
  standaloneConsumer: "as kafka.consumer",
  standaloneProducer: "as kafka.producer",
  json: "test/serdes",
  string: "test/serdes",
  bytes: "test/serdes",
  ...Object.fromEntries(
    ["int16", "int32", "int64", "float32", "float64", "boolean", "uuid"].map((name) => [name, "src/serdes"]),
  ),
  ...Object.fromEntries(["awsMsk", "azureManagedIdentity", "gcpMetadata"].map((name) => [name, "src/security"])),
  KafkaError: "made by the package",
  DelegationToken: "made by the package",
  Results: "made by the package",
  Secret: "takes anything",
  KafkaRecord: "made by the package",
  awsMsk: "asks an endpoint of the cloud",
  azureManagedIdentity: "asks an endpoint of the cloud",
  gcpMetadata: "asks an endpoint of the cloud",
};

test("the table of random calls has every public method", async () => {
  let table: Table = {};
  await simulate({ seed: 1 }, async (world) => {
    const stage = new Stage(world, core.Kafka);
    table = tableOf(stage);
    await stage.kafka.close({ timeoutMs: 0 });
  });
  for (const [name, classes] of Object.entries(CLASSES)) {
    const members = new Set(classes.flatMap(({ prototype }) => Reflect.ownKeys(prototype)).map(String));
    members.delete("constructor");
    assert.deepEqual(Object.keys(table[name] ?? {}).sort(), [...members].sort(), `the members of ${name}`);
  }
  const exported = Object.entries(core)
    .filter(([, value]) => typeof value === "function")
    .map(([name]) => name);
  assert.deepEqual(
    exported.filter((name) => !(name in CLASSES) && !(name in ELSEWHERE) && !(name in (table["functions"] ?? {}))),
    [],
    "functions that the package exports",
  );
});
