// What was counted, as a page.
/** Of these there are as many as there is time: they are no part of the sum. */
const BY_CLOCK = ["Heartbeat", "OffsetCommit"];
const SHOWN = [
  "JoinGroup",
  "SyncGroup",
  "ConsumerGroupHeartbeat",
  "LeaveGroup",
  "OffsetFetch",
  "FindCoordinator",
  ...BY_CLOCK,
];

export function table(lines, { members, partitions, heartbeat }) {
  const out = [
    `${members} members share ${partitions} partitions on an embedded cluster of three brokers, heartbeats every ` +
      `${heartbeat} ms; classic is cooperative-sticky. Requests are the sum of those that a rebalance takes, ` +
      `without those of the clock (${BY_CLOCK.join(", ")}); those that repeat are counted up to the last change of ` +
      "hands.",
    "",
    `| protocol | members | step | requests | ${SHOWN.join(" | ")} | moved | at least | taken away | lost | ms |`,
    `|---|---|---|${"--:|".repeat(SHOWN.length + 6)}`,
  ];
  for (const { protocol, side, step, requests, moved, needed, revoked, lost, ms } of lines) {
    const all = Object.entries(requests).reduce((sum, [api, count]) => (BY_CLOCK.includes(api) ? sum : sum + count), 0);
    out.push(
      `| ${protocol} | ${side} | ${step} | ${all} | ${SHOWN.map((api) => requests[api] ?? 0).join(" | ")} | ` +
        `${moved} | ${needed} | ${revoked} | ${lost} | ${ms} |`,
    );
  }
  return `${out.join("\n")}\n`;
}
