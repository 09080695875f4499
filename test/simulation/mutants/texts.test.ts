// A planted bug replaces a text of the compiled client. Only the long suite runs the bugs; that their texts are still
// there is tested here, with the quick ones, so that a moved text is found at once.
import { test } from "node:test";
import { GROUP_MUTANTS } from "./group-mutants.ts";
import { MUTANTS } from "./mutants.ts";
import { type Patch, patched } from "./patched-copy.ts";
import {
  EXACTLY_ONCE_BUGS,
  HALF_CLOSED,
  ONE_GUARD_A_BROKER,
  POSITION_BUGS,
  PRODUCER_CALLS_BUGS,
  SENDS_ON,
} from "./scenario-mutants.ts";

const BUGS: readonly { readonly what: string; readonly patches?: readonly Patch[] }[] = [
  ...MUTANTS,
  ...GROUP_MUTANTS,
  ...EXACTLY_ONCE_BUGS,
  ...POSITION_BUGS,
  ...PRODUCER_CALLS_BUGS,
  { what: "a half closed consumer", patches: HALF_CLOSED },
  { what: "one guard for each broker", patches: ONE_GUARD_A_BROKER },
  { what: "a client that sends although a quota throttles it", patches: SENDS_ON },
];

for (const { what, patches = [] } of BUGS)
  if (patches.length > 0)
    test(`the text is in the client once: ${what}`, () => {
      patched(patches);
    });
