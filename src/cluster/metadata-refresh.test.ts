import { test } from "node:test";
import assert from "node:assert/strict";
import type { Connection } from "../network/connection.ts";
import { codec } from "../protocol/codec.ts";
import type { AsyncRuntime } from "../runtime/async-runtime.ts";
import { TaskGroup } from "../runtime/task-group.ts";
import { type MetadataSnapshot, NO_METADATA } from "./metadata.ts";
import { MetadataRefresh, type RefreshHost } from "./metadata-refresh.ts";

const metadata = codec("MetadataResponse");

/** The events of a refresh of this many topics, in order: turns of the host, requests, published snapshots. */
async function refresh(count: number): Promise<readonly string[]> {
  const events: string[] = [];
  const names = Array.from({ length: count }, (_, i) => `t${i}`);
  const response = metadata.decode(metadata.encode({ topics: names.map((name) => ({ name })) }, 12), 12);
  const clock = { now: () => 0, monotonic: () => 0 };
  const runtime: AsyncRuntime = {
    spawn: (task) => void task(),
    delayFor: () => ({
      then: (elapsed: () => void) => {
        events.push("turn");
        void Promise.resolve().then(elapsed);
      },
      [Symbol.dispose]: () => undefined,
    }),
  };
  const connection = {
    version: () => 12,
    brokerVersions: new Map([[3, { min: 0, max: 12 }]]),
    request: () => {
      events.push("request");
      return Promise.resolve(response);
    },
  } as unknown as Connection;
  const tasks = new TaskGroup(runtime);
  const settings = { metadataMaxAgeMs: 1000, retryBackoffMs: 1, retryBackoffMaxMs: 1 };
  const cluster = {
    snapshot: NO_METADATA,
    options: { clock },
    settings,
    random: () => 0,
    publish(snapshot: MetadataSnapshot) {
      events.push(`published ${snapshot.topics.size}`);
      this.snapshot = snapshot;
    },
  };
  const nothing = (): undefined => undefined;
  const one = new MetadataRefresh({
    runtime,
    cluster,
    tasks,
    deadlines: { add: nothing, remove: nothing },
    waits: { begin: () => ({ trying: nothing, tried: nothing, rests: nothing, end: nothing }) },
    anyConnection: () => Promise.resolve(connection),
    isAwaited: () => false,
    failed: (error: unknown) => assert.ifError(error),
    fetched: nothing,
    rebootstrap: nothing,
  } as unknown as RefreshHost);
  one.want(names, undefined);
  one.ask();
  while (tasks.live > 0) await Promise.resolve();
  return events;
}

test("decoding, merging and publishing thousands of topics shared one turn of the host", async () => {
  // A turn before the request is encoded, one after the response is decoded, and one after it is merged.
  assert.deepEqual(await refresh(2000), ["turn", "request", "turn", "turn", "published 2000"]);
});

test("a refresh of few topics takes no turn", async () => {
  assert.deepEqual(await refresh(10), ["request", "published 10"]);
});
