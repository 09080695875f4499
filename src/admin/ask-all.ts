import type { CallLimit } from "../cluster/call-retries.ts";
import type { ClusterClient } from "../cluster/cluster-client.ts";
import type { Verdict } from "../cluster/routing/verdict.ts";
import { TimeLimit } from "../cluster/time-limit.ts";
import type { Connection } from "../network/connection.ts";
import { askItems } from "./ask-items.ts";
import { type BrokerFailure, Listed } from "./listed.ts";

/** A question to each broker of the cluster. */
export interface AllQuestion<T> {
  /** Names the call in log lines and errors. */
  readonly what: string;
  send(connection: Connection, limit: TimeLimit): Promise<Verdict<readonly T[]>>;
}

/** Metadata of this age, in ms, still says which brokers there are: another client of this `Kafka` just fetched it. */
const FRESH_MS = 1000;

/** Asks each broker once, after a fresh look at which there are, and joins their lists. */
export async function askAll<T>(client: ClusterClient, question: AllQuestion<T>, limit: CallLimit): Promise<Listed<T>> {
  const { what } = question;
  const beganMs = client.clock.monotonic();
  const { brokers } = await TimeLimit.around(client, { ...limit, what }, ({ endsAtMs: deadlineMs, signal }) =>
    client.awaitMetadata(({ brokers, updatedAtMs }) => brokers.size > 0 && updatedAtMs > beganMs - FRESH_MS, {
      deadlineMs,
      what,
      signal,
    }),
  );
  const keys = [...brokers.keys()].sort((a, b) => a - b);
  const timeoutMs = Math.max(1, limit.timeoutMs - (client.clock.monotonic() - beganMs));
  const results = await askItems<number, readonly T[]>(
    client,
    {
      what,
      keys,
      route: { to: "broker", nodeId: (nodeId) => nodeId },
      send: async (connection, asked, within) => {
        const verdict = await question.send(connection, within);
        return asked.map(() => verdict);
      },
    },
    { ...limit, timeoutMs },
  );
  return new Listed(
    results.flatMap(({ answer }) => answer ?? []),
    results.flatMap(({ error }, i): readonly BrokerFailure[] =>
      error === undefined ? [] : [{ nodeId: keys[i] ?? -1, error }],
    ),
  );
}
