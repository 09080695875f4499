// Test runners that put mocks into the place of kafkajs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CLIENTS, type Client, Installation, type Tarballs, packBoth } from "./installation.ts";

/** Both runners end a test after 5 s: not enough on a busy machine. */
const NO_LIMIT = ["--testTimeout=120000"];

let tarballs: Tarballs;
const installations = new Map<Client, Installation>();

before(() => {
  tarballs = packBoth();
  const packages = ["jest@30.5.2", "vitest@4.1.12"];
  for (const client of CLIENTS) installations.set(client, new Installation({ client, tarballs, packages }));
});

after(() => {
  tarballs.remove();
  for (const installation of installations.values()) installation.remove();
});

for (const client of CLIENTS) {
  test(`${client}: Jest's automock of all exports, jest.spyOn, jest.doMock`, () => {
    const text = installations.get(client)!.command("jest", "--ci", ...NO_LIMIT, "--rootDir", "mocks-jest");
    assert.match(text, /Tests: +6 passed, 6 total/);
  });

  test(`${client}: vi.mock without a factory, vi.importActual`, () => {
    const text = installations.get(client)!.command("vitest", "run", ...NO_LIMIT, "--dir", "mocks-vitest");
    assert.match(text, /Tests +2 passed/);
  });
}
