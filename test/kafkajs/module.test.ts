// The shipped package, as `npm run build` makes it: its names, their kinds, the files that tracing agents look for.
import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../house/root.ts";
import { require, shipped, theirs } from "./real-kafkajs.ts";

const dist = join(root, "packages/kafkajs/dist");
const inner = join(dist, "code/node_modules/kafkajs");
const textOf = (file: string): string => readFileSync(join(inner, file), "utf8");
const ENUMS = Object.keys(theirs).filter((name) => !name.startsWith("KafkaJS") && typeof theirs[name] === "object");

test("require gives kafkajs's 44 names, as plain own members", () => {
  assert.equal(Object.keys(shipped).length, 44);
  assert.deepEqual(Object.keys(shipped).sort(), Object.keys(theirs).sort());
  for (const [name, flags] of Object.entries(Object.getOwnPropertyDescriptors(shipped)))
    assert.deepEqual(
      { ...flags, value: typeof flags.value },
      { value: typeof theirs[name], writable: true, enumerable: true, configurable: true },
      name,
    );
  assert.ok(!("__esModule" in shipped));
});

test("import gives the same names, each the same value: one copy of every class", async () => {
  const imported = (await import(pathToFileURL(join(dist, "index.js")).href)) as Record<string, unknown>;
  const names = Object.keys(imported).filter((name) => name !== "default" && name !== "module.exports");
  assert.deepEqual(names.sort(), Object.keys(theirs).sort());
  for (const name of names) assert.equal(imported[name], shipped[name], name);
  assert.equal(imported["default"], shipped);
});

test("the inner folder is imported with all its names too", async () => {
  const imported = (await import(pathToFileURL(join(inner, "index.js")).href)) as Record<string, unknown>;
  for (const name of Object.keys(theirs)) assert.equal(imported[name], shipped[name], name);
});

test("the enumerations have kafkajs's values, and are plain objects", () => {
  for (const name of ENUMS) {
    if (["Partitioners", "CompressionCodecs", "AssignerProtocol", "PartitionAssigners"].includes(name)) continue;
    assert.deepEqual(shipped[name], theirs[name], name);
    assert.ok(!Object.isFrozen(shipped[name]));
  }
  for (const name of ["Partitioners", "CompressionCodecs", "AssignerProtocol", "PartitionAssigners"])
    assert.deepEqual(Object.keys(shipped[name] as object).sort(), Object.keys(theirs[name] as object).sort(), name);
});

test("the registry of codecs can be changed; every codec is there, and kafkajs reads what its gzip writes", async () => {
  const codecs = shipped.CompressionCodecs as unknown as Record<
    number,
    () => { compress(encoder: { buffer: Buffer }): Promise<Buffer>; decompress(buffer: Buffer): Promise<Buffer> }
  >;
  const buffer = Buffer.from("compress me, ".repeat(100));
  for (const number of [1, 2, 3, 4]) {
    const codec = codecs[number]!();
    const small = await codec.compress({ buffer });
    assert.ok(Buffer.isBuffer(small) && small.length < buffer.length / 2);
    assert.deepEqual(await codec.decompress(small), buffer);
    await assert.rejects(codec.decompress(Buffer.from("damaged")));
  }
  const kafkas = theirs.CompressionCodecs as unknown as typeof codecs;
  assert.deepEqual(await kafkas[1]!().decompress(await codecs[1]!().compress({ buffer })), buffer);
  assert.deepEqual(await codecs[1]!().decompress(await kafkas[1]!().compress({ buffer })), buffer);
  const before = codecs[2]!;
  codecs[2] = () => ({ compress: () => Promise.resolve(buffer), decompress: () => Promise.resolve(buffer) });
  assert.deepEqual(await codecs[2]().decompress(Buffer.alloc(0)), buffer);
  codecs[2] = before;
});

test("package.json: outer and inner have a version 2.x, the inner the name kafkajs, and neither has exports", () => {
  const read = (folder: string) =>
    JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
  const [outside, inside] = [read(dist), read(inner)];
  for (const { version, main, types, exports } of [outside, inside] as Record<string, string>[]) {
    assert.match(version!, /^2\.([3-9]|\d\d)\.\d+$/);
    assert.deepEqual([main, types, exports], ["index.js", "types/index.d.ts", undefined]);
  }
  assert.equal(inside["name"], "kafkajs");
  assert.deepEqual(Object.keys(outside["dependencies"] as object), ["odradek"], "Yarn knows no bundled dependencies");
  assert.equal(outside["bundleDependencies"], undefined);
  assert.doesNotMatch(JSON.stringify(outside), /file:/);
});

test("src/index.js has the class Client with its constructor in its text, and exports it; the index requires its folder", () => {
  assert.match(textOf("src/index.js"), /^class Client \{[^]*?^ {4}constructor\(config\) \{/m);
  assert.match(textOf("index.js"), /require\("\.\/src"\)/);
  assert.equal(require(join(inner, "src")), shipped.Kafka);
  for (const kind of ["producer", "consumer", "admin"])
    assert.equal(typeof require(join(inner, `src/${kind}/index.js`)), "function", kind);
});

test("an agent that replaces the exports of these files sees every client, and what it makes of the cluster", () => {
  const program = `
    const path = require("node:path");
    const inner = ${JSON.stringify(inner)};
    const seen = [];
    for (const kind of ["producer", "consumer", "admin"]) {
      const file = path.join(inner, "src", kind, "index.js");
      const create = require(file);
      require.cache[file].exports = (parts) => {
        seen.push([kind, typeof parts.cluster.refreshMetadataIfNecessary, "metadata" in parts.cluster.brokerPool]);
        return create(parts);
      };
    }
    const file = path.join(inner, "src", "index.js");
    const Client = require(file);
    require.cache[file].exports = class Traced extends Client { constructor(config) { super(config); this.traced = true; } };
    const { Kafka } = require(${JSON.stringify(dist)});
    const kafka = new Kafka({ brokers: ["nowhere:1"], logLevel: 0 });
    kafka.producer(); kafka.consumer({ groupId: "g" }); kafka.admin();
    console.log(JSON.stringify({ seen, traced: kafka.traced, name: Kafka.name }));`;
  const printed = execFileSync(process.execPath, ["-e", program], { encoding: "utf8" });
  assert.deepEqual(JSON.parse(printed), {
    seen: ["producer", "consumer", "admin"].map((kind) => [kind, "function", true]),
    traced: true,
    name: "Traced",
  });
});

test("a member of the module can be replaced and spied upon, as jest does", () => {
  const prototype = shipped.Kafka.prototype as unknown as Record<string, unknown>;
  for (const name of ["producer", "consumer", "admin", "logger"]) {
    const flags = Object.getOwnPropertyDescriptor(prototype, name);
    assert.deepEqual([typeof flags?.value, flags?.writable, flags?.configurable], ["function", true, true]);
  }
  const before = prototype["producer"];
  prototype["producer"] = () => "replaced";
  assert.equal(new shipped.Kafka({ brokers: [] }).producer(), "replaced");
  prototype["producer"] = before;
});
