import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { releaseOf } from "./release-of.ts";
import { RELEASES } from "./releases.ts";

type Ranges = Readonly<Record<string, readonly [min: number, max: number]>>;
const data = JSON.parse(
  readFileSync(fileURLToPath(new URL("../../../../protocol/releases.json", import.meta.url)), "utf8"),
) as Readonly<Record<string, Readonly<Record<string, Ranges>>>>;

const highest = (ranges: Ranges): Map<number, number> =>
  new Map(Object.entries(ranges).map(([key, [, max]]) => [Number(key), max]));
const short = (release: string): string => release.split(".").slice(0, 2).join(".");
/** Releases whose brokers serve the same versions as those of a later one. */
const SAME: Readonly<Record<string, string>> = { "3.3 kraft": "3.4" };

const cases = Object.entries(data).flatMap(([release, modes]) =>
  Object.entries(modes).map(([mode, ranges]) => [short(release), mode, ranges] as const),
);

for (const [release, mode, ranges] of cases)
  test(`a broker of Kafka ${release} with ${mode} is known by its versions`, () => {
    assert.equal(releaseOf(highest(ranges)), SAME[`${release} ${mode}`] ?? release);
  });

test("the generated table has every release", () => {
  assert.equal(cases.length, 27);
  assert.deepEqual(
    RELEASES.map(([release]) => release),
    cases.map(([release]) => release),
  );
});

test("a broker that is too old, or lacks an API that all releases have, is none of them", () => {
  assert.equal(releaseOf(new Map()), undefined);
  const old = highest(data["2.8.2"]?.["zk"] ?? {});
  assert.equal(releaseOf(new Map([...old, [1, 11]])), undefined);
});

test("a broker of a later release is taken for the newest one that is known; telemetry is optional", () => {
  const newest = highest(data["4.4.0"]?.["kraft"] ?? {});
  assert.equal(releaseOf(new Map([...newest, [1, 99], [200, 3]])), "4.4");
  newest.delete(71);
  newest.delete(72);
  assert.equal(releaseOf(newest), "4.4");
});

test("more and higher versions never make a broker older", () => {
  const order = RELEASES.map(([release]) => release);
  const placeOf = (versions: ReadonlyMap<number, number>): number => order.lastIndexOf(releaseOf(versions) ?? "");
  fc.assert(
    fc.property(
      fc.constantFrom(...cases),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 94 }), fc.integer({ min: 0, max: 3 }))),
      ([, , ranges], more) => {
        const before = highest(ranges);
        const after = new Map(before);
        for (const [key, by] of more) after.set(key, (after.get(key) ?? 0) + by);
        assert.ok(placeOf(after) >= placeOf(before));
      },
    ),
  );
});
