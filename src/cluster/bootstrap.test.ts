import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import { parseBootstrapServers } from "./bootstrap.ts";

const parsed = (servers: string | readonly string[]): string[] =>
  parseBootstrapServers(servers).map(({ host, port }) => `${host} ${port}`);

test("addresses: names, IPv4, IPv6 in brackets, spaces, empty entries, lists; duplicates stay", () => {
  for (const [servers, expected] of [
    ["localhost:9092", ["localhost 9092"]],
    [" a:1 , b:65535 ,", ["a 1", "b 65535"]],
    ["10.0.0.1:9092", ["10.0.0.1 9092"]],
    ["[::1]:9092,[fe80::1%eth0]:9093", ["::1 9092", "fe80::1%eth0 9093"]],
    [
      ["a:1", " b:2 ", ""],
      ["a 1", "b 2"],
    ],
    ["a:1,a:1", ["a 1", "a 1"]],
  ] as const)
    assert.deepEqual(parsed(servers), expected);
});

test("what is no host:port is an error of kind config that names the entry", () => {
  for (const bad of [
    "a",
    "a:",
    ":9092",
    "a:0",
    "a:65536",
    "a:999999",
    "a:-1",
    "a:1.5",
    "a:9092x",
    "::1:9092",
    "[::1]",
    "[]:9092",
    "http://a:9092",
    "a b:9092",
    "a :9092",
  ]) {
    assert.throws(
      () => parsed(`ok:1,${bad}`),
      (e: unknown) => KafkaError.is(e) && e.kind === "config" && e.message.includes(`"${bad}"`),
      bad,
    );
  }
  for (const empty of ["", " , ", [], [""]])
    assert.throws(
      () => parsed(empty),
      (e: unknown) => KafkaError.is(e) && e.kind === "config" && e.message.includes("is empty"),
    );
});
