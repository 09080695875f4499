// The brokers and the pages that a tunnel serves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AllowedAddresses } from "./allowed-addresses.ts";
import { AllowedOrigins } from "./allowed-origins.ts";

const allow = new AllowedAddresses(["broker:9092", "Kafka.Example:9093", "[::1]:9092", "10.0.0.1:1"], "allow");
for (const [host, port, is] of [
  ["broker", 9092, true],
  ["BROKER", 9092, true],
  ["kafka.example", 9093, true],
  ["::1", 9092, true],
  ["[::1]", 9092, true],
  ["10.0.0.1", 1, true],
  ["broker", 9093, false],
  ["broker.", 9092, false],
  ["broker 9092", 9092, false],
  ["10.0.0.2", 1, false],
  ["", 9092, false],
] as const)
  test(`an address is allowed only if it is in the list: ${host}:${port}`, () => {
    assert.equal(allow.has(host, port), is);
  });

for (const wrong of [
  undefined,
  null,
  "broker:9092",
  [],
  [1],
  [null],
  ["broker"],
  ["*:9092"],
  ["a:0"],
  ["a:65536"],
  ["::1:1"],
])
  test(`allow refuses ${JSON.stringify(wrong)}`, () => {
    assert.throws(() => new AllowedAddresses(wrong, "allow"), { kind: "config", message: /^allow takes / });
  });

const some = new AllowedOrigins(["https://Shop.example", "http://localhost:5173"], "origins");
const byDefault = new AllowedOrigins(undefined, "origins");
for (const [name, origins, origin, is] of [
  ["named", some, "https://shop.example", true],
  ["named", some, "http://localhost:5173", true],
  ["named", some, "http://localhost:5174", false],
  ["named", some, "http://shop.example", false],
  ["named", some, "https://shop.example.evil", false],
  ["named", some, "null", false],
  ["named", some, undefined, true],
  ["default", byDefault, "http://localhost:3000", true],
  ["default", byDefault, "https://127.0.0.1", true],
  ["default", byDefault, "http://[::1]:80", true],
  ["default", byDefault, "https://shop.example", false],
  ["default", byDefault, "http://localhost.evil", false],
  ["default", byDefault, "null", false],
  ["default", byDefault, undefined, true],
  ["all", new AllowedOrigins(["*"], "origins"), "https://any.example", true],
  ["none", new AllowedOrigins([], "origins"), "http://localhost", false],
] as const)
  test(`origins (${name}): ${origin ?? "no origin"} is ${is ? "allowed" : "refused"}`, () => {
    assert.equal(origins.has(origin), is);
  });

for (const wrong of ["https://a", null, [1], ["shop.example"], ["https://shop.example/"], ["https://*.example"]])
  test(`origins refuse ${JSON.stringify(wrong)}`, () => {
    assert.throws(() => new AllowedOrigins(wrong, "origins"), { kind: "config", message: /^origins takes / });
  });
