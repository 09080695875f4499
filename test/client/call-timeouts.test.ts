// A call ends within its own timeoutMs, whatever a broker does, in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import { Cluster } from "../../src/cluster/cluster.ts";
import { ClusterClient } from "../../src/cluster/cluster-client.ts";
import { Coordinators } from "../../src/cluster/coordinators.ts";
import type { Admin } from "../../src/admin/admin.ts";
import { Offsets } from "../../src/consumer/group/offsets.ts";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { ZERO_UUID } from "../../src/wire/uuid.ts";
import { type World, inWorld } from "./world.ts";

const isTimeout = (error: unknown, ...words: readonly string[]): boolean => {
  assert.ok(KafkaError.is(error), String(error));
  assert.equal(error.kind, "timeout", error.message);
  for (const word of words) assert.ok(error.message.includes(word), `"${error.message}" names ${word}`);
  return true;
};

/** How long a call takes that rejects, in virtual ms. */
async function rejectsAfter(
  { platform }: World,
  call: Promise<unknown>,
  check: (error: unknown) => boolean,
): Promise<number> {
  const before = platform.clock.monotonic();
  await assert.rejects(call, check);
  return platform.clock.monotonic() - before;
}

const calls: readonly (readonly [
  name: string,
  api: "Metadata" | "DescribeTopicPartitions" | "CreateTopics" | "DeleteTopics",
  call: (admin: Admin) => Promise<unknown>,
])[] = [
  ["listTopics", "Metadata", (admin) => admin.listTopics({ timeoutMs: 1000 })],
  [
    "describeTopics",
    "DescribeTopicPartitions",
    (admin) => admin.describeTopics(["t"], { timeoutMs: 1000 }).then((results) => results.orThrow()),
  ],
  [
    "createTopics",
    "CreateTopics",
    (admin) => admin.createTopics([{ topic: "n" }], { timeoutMs: 1000 }).then((results) => results.orThrow()),
  ],
  [
    "createTopics, which waits for leaders",
    "Metadata",
    (admin) => admin.createTopics([{ topic: "n" }], { timeoutMs: 1000 }).then((results) => results.orThrow()),
  ],
  [
    "deleteTopics",
    "DeleteTopics",
    (admin) => admin.deleteTopics(["t"], { timeoutMs: 1000 }).then((results) => results.orThrow()),
  ],
];

for (const [name, api, call] of calls) {
  test(`admin.${name}: a broker that never answers ${api} does not keep the call longer than its timeoutMs`, () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      world.cluster.intercept(api, "hang");
      const took = await rejectsAfter(world, call(world.kafka.admin()), (error) =>
        isTimeout(error, api, world.cluster.bootstrapServers, "timeout"),
      );
      assert.ok(took >= 1000 && took < 1010, `${took} ms`);
    }));
}

test("admin: a broker that accepts and never says what it speaks does not keep a call longer than its timeoutMs", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    world.cluster.intercept("ApiVersions", "hang");
    const took = await rejectsAfter(world, world.kafka.admin().listTopics({ timeoutMs: 1000 }), (error) =>
      isTimeout(error, "cannot list topics", `connecting to ${world.cluster.bootstrapServers}`),
    );
    assert.equal(took, 1000);
  }));

test("admin: the signal ends a call that hangs, and close ends one that waits for its next try", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const { cluster, kafka, platform } = world;
    cluster.intercept("Metadata", "hang", { times: 1 });
    const controller = new AbortController();
    const listed = rejectsAfter(
      world,
      kafka.admin().listTopics({ signal: controller.signal }),
      (error) => KafkaError.is(error) && error.kind === "cancelled",
    );
    await sleep(platform, 300);
    controller.abort();
    assert.equal(await listed, 300);

    const admin = world.client({ retryBackoffMs: 50_000, retryBackoffMaxMs: 50_000 }).admin();
    cluster.intercept("DeleteTopics", ({ message }) => ({
      answer: { responses: message.topics.map(({ name }) => ({ name, errorCode: 41 })) },
    }));
    const deleted = rejectsAfter(
      world,
      admin.deleteTopics(["t"], { signal: new AbortController().signal }).then((results) => results.orThrow()),
      (error) => KafkaError.is(error) && error.kind === "closed",
    );
    await sleep(platform, 700);
    await admin.close();
    assert.equal(await deleted, 700);
  }));

test("admin: a timeoutMs that is no time is refused by name", () =>
  inWorld({}, async ({ kafka }) => {
    for (const timeoutMs of [0, -1, Number.NaN, 1.5])
      await assert.rejects(
        kafka.admin().listTopics({ timeoutMs }),
        (e: unknown) => KafkaError.is(e) && e.kind === "config" && e.message.includes("timeoutMs"),
      );
  }));

for (const api of ["OffsetFetch", "OffsetCommit"] as const) {
  test(`a group's offsets: a coordinator that never answers ${api} does not keep the call longer than its deadline`, () =>
    inWorld({ topics: { t: 1 } }, async (world) => {
      await withOffsets(world, async (offsets, deadline) => {
        await offsets.commit([{ topic: "t", partition: 0, offset: 1 }], deadline());
        world.cluster.intercept(api, "hang");
        const call =
          api === "OffsetFetch"
            ? offsets.fetch([{ topic: "t", partition: 0 }], deadline())
            : offsets.commit([{ topic: "t", partition: 0, offset: 2 }], deadline());
        assert.equal(
          await rejectsAfter(world, call, (error) => isTimeout(error, api, "group g", world.cluster.bootstrapServers)),
          1000,
        );
      });
    }));
}

test("a commit whose time is over before its coordinator was found is not sent afterwards", () =>
  inWorld({ topics: { t: 1 } }, async (world) => {
    const { cluster, platform } = world;
    const commits = cluster.intercept("OffsetCommit", () => undefined);
    cluster.intercept("FindCoordinator", { delayMs: 3000 }, { times: 1 });
    await withOffsets(world, async (offsets, deadline) => {
      assert.equal(
        await rejectsAfter(world, offsets.commit([{ topic: "t", partition: 0, offset: 3 }], deadline()), (error) =>
          isTimeout(error, "FindCoordinator"),
        ),
        1000,
      );
      await sleep(platform, 60_000);
      assert.equal(commits.calls, 0);
      assert.deepEqual(await offsets.fetch([{ topic: "t", partition: 0 }], deadline()), [null]);
    });
  }));

async function withOffsets(
  { platform, cluster }: World,
  body: (offsets: Offsets, deadline: () => number) => Promise<void>,
): Promise<void> {
  const client = new ClusterClient(
    new Cluster({ ...platform, bootstrapServers: cluster.bootstrapServers }),
    "consumer",
  );
  const offsets = new Offsets({
    client,
    coordinators: new Coordinators(client),
    groupId: "g",
    isReadCommitted: false,
    topicId: () => ZERO_UUID,
    identity: () => ({ memberId: "", instanceId: null, epoch: -1, isEpoch: false, tenure: 0 }),
    refused: () => undefined,
  });
  await body(offsets, () => platform.clock.monotonic() + 1000);
  await client.close();
}
