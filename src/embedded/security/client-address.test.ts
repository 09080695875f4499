import assert from "node:assert/strict";
import { test } from "node:test";
import { includesHost, javaAddress, rangeError } from "./client-address.ts";

const ADDRESSES = [
  ["127.0.0.1:40000", "127.0.0.1"],
  ["::ffff:10.1.2.3:40000", "10.1.2.3"],
  ["::1:40000", "0:0:0:0:0:0:0:1"],
  ["2001:db8::a:b:40000", "2001:db8:0:0:0:0:a:b"],
  ["fe80::1%eth0:40000", "fe80::1%eth0"],
  ["client-1:5", "client-1"],
] as const;

for (const [remote, expected] of ADDRESSES)
  test(`the address of a client, as Java writes it: ${remote}`, () => assert.equal(javaAddress(remote), expected));

const RANGES: readonly (readonly [host: string, address: string, isIncluded: boolean])[] = [
  ["*", "10.0.0.1", true],
  ["10.0.0.1", "10.0.0.1", true],
  ["10.0.0.1", "10.0.0.2", false],
  ["10.0.0.0/8", "10.255.255.255", true],
  ["10.0.0.0/8", "11.0.0.0", false],
  ["10.0.1.128/25", "10.0.1.128", true],
  ["10.0.1.128/25", "10.0.1.127", false],
  ["10.0.0.1/32", "10.0.0.1", true],
  ["10.0.0.1/32", "10.0.0.0", false],
  ["0.0.0.0/0", "192.168.0.1", true],
  ["0.0.0.0/0", "0:0:0:0:0:0:0:1", false],
  ["2001:db8::/32", "2001:db8:ffff:0:0:0:0:1", true],
  ["2001:db8::/33", "2001:db8:ffff:0:0:0:0:1", false],
  ["::/0", "10.0.0.1", false],
  ["10.0.0.0/33", "10.0.0.1", false],
];

for (const [host, address, isIncluded] of RANGES)
  test(`the host ${host} of an access control entry and ${address}`, () =>
    assert.equal(includesHost(host, address), isIncluded));

test("a host that is no range says why, in Kafka's words", () => {
  assert.equal(rangeError("10.0.0.0/8"), undefined);
  assert.equal(rangeError("::/0"), undefined);
  assert.equal(rangeError("any-text"), undefined);
  assert.equal(rangeError("10.0.0.0/33"), "Invalid CIDR notation '10.0.0.0/33': Value [33] not in range [0,32]");
  assert.equal(rangeError("10.0.0/8"), "Invalid CIDR notation '10.0.0/8': Could not parse [10.0.0/8]");
});
