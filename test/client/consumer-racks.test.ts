// Members of groups that report their rack (KIP-881), in virtual time.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { AssignorName } from "../../src/consumer/group/options.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { GroupReader } from "./group-reader.ts";
import { inWorld } from "./world.ts";

for (const name of ["range", "sticky", "cooperative-sticky"] as const satisfies readonly AssignorName[]) {
  test(`${name}: members get the partitions whose replicas stand in their rack`, () =>
    inWorld({ brokers: 3, topics: { t: { partitions: 6, replicationFactor: 1 } } }, async (world) => {
      const { cluster } = world;
      cluster.intercept("Metadata", {
        respond: (response) => ({
          ...response,
          brokers: response.brokers.map((broker) => ({ ...broker, rack: `r${broker.nodeId}` })),
        }),
      });
      const racks: (string | null)[] = [];
      cluster.intercept("JoinGroup", ({ message }) => {
        racks.push(...message.protocols.map(({ metadata }) => Buffer.from(metadata).toString("latin1").slice(-2)));
      });
      const leaders = cluster.snapshot().topics[0]!.partitions.map(({ leaderId }) => leaderId);
      const readers = [2, 0, 1].map((node) => ({
        node,
        reader: new GroupReader(world, {
          topics: ["t"],
          groupId: "g",
          groupProtocol: "classic",
          partitionAssignmentStrategy: [name],
          clientRack: `r${node}`,
          heartbeatIntervalMs: 100,
        }),
      }));
      const isNear = ({ node, reader }: (typeof readers)[number]): boolean =>
        reader.held.size === 2 && [...reader.held].every((key) => leaders[Number(key.split("-")[1])] === node);
      await GroupReader.untilAll(
        readers.map(({ reader }) => reader),
        () => readers.every(isNear),
      );
      assert.deepEqual([...new Set(racks)].sort(), ["r0", "r1", "r2"], "every member said where it stands");
      for (const { reader } of readers) {
        await reader.close();
        reader.checkHooks();
      }
      await sleep(world.platform, 1); // a connection that was being opened in memory still takes its turn
    }));
}
