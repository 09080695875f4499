/** Seeds that `npm test` plays. */
export const QUICK: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8];

/** Seeds that `.ci/run` plays too. The comment of a seed says what it found. */
export const CORPUS: readonly number[] = [
  132,
  283,
  315, // thousands of consecutive requests over a link of one microsecond: work, not a hot loop
  1117, // a slow link
  50314,
  50417, // batches that expire while their requests are under way: not a leak
  9,
  10,
  11,
  12,
];
