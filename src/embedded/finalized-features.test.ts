import assert from "node:assert/strict";
import { test } from "node:test";
import { FinalizedFeatures, updateError } from "./finalized-features.ts";

const [UPGRADE, SAFE, UNSAFE] = [1, 2, 3];

// As a real Kafka 4.4 answers.
const refused: readonly (readonly [string, level: number, upgradeType: number, current: number, RegExp])[] = [
  ["transaction.version", 2, 0, 2, /The controller does not support the given upgrade type\.$/],
  ["transaction.version", -1, 4, 2, /The controller does not support the given upgrade type\.$/],
  [
    "transaction.version",
    -1,
    UPGRADE,
    2,
    /update version -1 for feature transaction\.version\. A feature version cannot/,
  ],
  ["transaction.version", 3, SAFE, 2, /Local controller 5 only supports versions 0-2$/],
  [
    "transaction.version",
    1,
    UPGRADE,
    2,
    /Can't downgrade the version of this feature without setting the upgrade type/,
  ],
  ["group.version", 2, UPGRADE, 1, /Local controller 5 only supports versions 0-1$/],
  ["metadata.version", 6, UNSAFE, 33, /Local controller 5 only supports versions 7-33$/],
  ["metadata.version", 32, SAFE, 33, /^Unsupported metadata\.version downgrade from 33 to 32\. Refusing to perform/],
  ["metadata.version", 32, UNSAFE, 33, /^Unsupported metadata\.version downgrade from 33 to 32\. Unsafe metadata/],
  ["nope", 0, UPGRADE, 0, /Feature nope not found\.$/],
  ["nope", 1, UPGRADE, 0, /Local controller 5 does not support this feature\.$/],
  ["kraft.version", 1, UPGRADE, 0, /Local controller 5 only supports versions 0-0$/],
];

for (const [feature, level, upgradeType, current, text] of refused)
  test(`${feature} ${current} to ${level} with upgrade type ${upgradeType} is refused: ${text.source}`, () =>
    assert.match(updateError({ feature, level, upgradeType }, current, 5) ?? "", text));

for (const [feature, level, upgradeType, current] of [
  ["transaction.version", 2, UPGRADE, 2],
  ["transaction.version", 0, SAFE, 2],
  ["group.version", 0, UNSAFE, 1],
  ["group.version", 1, UPGRADE, 0],
  ["metadata.version", 33, SAFE, 33],
  ["kraft.version", 0, UPGRADE, 0],
] as const)
  test(`${feature} ${current} to ${level} with upgrade type ${upgradeType} is allowed`, () =>
    assert.equal(updateError({ feature, level, upgradeType }, current, 0), undefined));

test("updates are applied all or none, and each change raises the epoch", () => {
  const features = new FinalizedFeatures();
  const down = { feature: "transaction.version", level: 1, upgradeType: SAFE };
  const group = { feature: "group.version", level: 0, upgradeType: SAFE };
  const levels = (): readonly number[] => [features.transactionVersion, features.groupVersion, features.epoch];
  assert.match(features.update([down, { ...group, level: 9 }], false, 0) ?? "", /^The update failed for all features/);
  assert.equal(features.update([down, group], true, 0), undefined);
  assert.deepEqual(levels(), [2, 1, 1], "nothing has changed");
  assert.equal(features.update([down, group], false, 0), undefined);
  assert.deepEqual(levels(), [1, 0, 3]);
  assert.equal(features.update([down, { ...down, level: 2, upgradeType: UPGRADE }], false, 0), undefined);
  assert.deepEqual(levels(), [2, 0, 4], "the last update of a feature counts");
});
