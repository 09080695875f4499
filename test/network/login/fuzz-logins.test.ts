import { test } from "node:test";
import assert from "node:assert/strict";
import { FUZZED, playMutated } from "./fuzz-logins.ts";

/** Mutations of each mechanism. `npm run test:wide` plays 100,000. */
const MUTATIONS = 2000;

for (const mechanism of FUZZED)
  test(`${mechanism}: ${MUTATIONS} mutated logins never hang, crash, show a secret or succeed without a proof`, async () => {
    const outcomes = new Map<string, number>();
    await playMutated(
      Array.from({ length: MUTATIONS }, (_, i) => i),
      (seed, { what, fault }) => {
        assert.equal(fault, undefined, `seed ${seed}: again: node scripts/fuzz-logins.mjs --count 1 --seed ${seed}`);
        outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
      },
      mechanism,
    );
    // Changes that do not matter leave logins that succeed: without them the mutations test only the decoder.
    assert.ok((outcomes.get(`${mechanism}: success`) ?? 0) > 0, [...outcomes.keys()].join());
    assert.ok((outcomes.get(`${mechanism}: authentication`) ?? 0) > 0 || mechanism === "PLAIN", [...outcomes].join());
  });
