import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClientKind, clientName } from "./client-name.ts";

test("only a default client id is numbered; the number is always a tag", () => {
  const table: readonly (readonly [ClientKind, number, string | undefined, string | undefined, string])[] = [
    ["producer", 1, undefined, undefined, "odradek-producer-1"],
    ["producer", 2, undefined, undefined, "odradek-producer-2"],
    ["consumer", 1, undefined, undefined, "odradek-consumer-1"],
    ["consumer", 3, undefined, "billing", "odradek-consumer-billing-3"],
    ["admin", 1, undefined, undefined, "odradek-admin-1"],
    ["producer", 2, "shop", undefined, "shop"],
    ["consumer", 2, "shop", "billing", "shop"],
    ["consumer", 1, "", "billing", ""],
  ];
  for (const [kind, number, given, groupId, clientId] of table)
    assert.deepEqual(clientName(kind, number, given, groupId), {
      clientId,
      tags: { "client-id": clientId, "client-number": String(number) },
    });
});
