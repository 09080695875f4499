// One case, asked of both clusters: the answers must be equal.
import assert from "node:assert/strict";
import { nodeConnector } from "../../../src/platform/node/connector.ts";
import type { Case } from "./asking.ts";
import { Side } from "./side.ts";

interface Cluster {
  readonly bootstrapServers: string;
}

export async function compare({ run }: Case, real: Cluster, embedded: Cluster): Promise<void> {
  const connector = nodeConnector();
  const theirs = new Side(connector, real.bootstrapServers);
  const ours = new Side(connector, embedded.bootstrapServers);
  await run(theirs);
  await run(ours);
  theirs.close();
  ours.close();
  assert.ok(theirs.transcript.length > 8);
  const differences = theirs.transcript.flatMap((answer, i) =>
    JSON.stringify(answer) === JSON.stringify(ours.transcript[i])
      ? []
      : [{ at: i, kafka: answer, embedded: ours.transcript[i] }],
  );
  if (process.env["DIFF"] !== undefined)
    for (const difference of differences)
      for (const line of [
        `asked ${theirs.asked[difference.at]?.slice(0, 1000) ?? ""}`,
        ...paths(difference.kafka, difference.embedded, String(difference.at)),
      ])
        console.log(line);
  assert.deepEqual(
    differences.map(({ at, embedded: answer }) => ({ at, answer })),
    differences.map(({ at, kafka: answer }) => ({ at, answer })),
    `${differences.length} of ${theirs.transcript.length} answers differ`,
  );
  assert.equal(ours.transcript.length, theirs.transcript.length);
}

/** The differences between two responses, to be printed with DIFF=1. */
function paths(kafka: unknown, embedded: unknown, path: string): string[] {
  if (JSON.stringify(kafka) === JSON.stringify(embedded)) return [];
  if (kafka === null || embedded === null || typeof kafka !== "object" || typeof embedded !== "object")
    return [`${path}: kafka ${JSON.stringify(kafka)} embedded ${JSON.stringify(embedded)}`];
  return [...new Set([...Object.keys(kafka), ...Object.keys(embedded)])].flatMap((name) =>
    paths((kafka as Record<string, unknown>)[name], (embedded as Record<string, unknown>)[name], `${path}.${name}`),
  );
}
