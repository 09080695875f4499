// A group in the simulator: members of one protocol, or of both, come, go, crash and hang; coordinators move and
// refuse. Invariants: C1 to C12 of docs/simulation.md. Each has a checker, which reads the events of members and
// coordinators.
import { KafkaError } from "../errors/kafka-error.ts";
import { CALM } from "./checkers/calm.ts";
import { groupCheckers } from "./checkers/group.ts";
import { Random } from "../simulation/random.ts";
import type { Scenario } from "../simulation/scenario.ts";
import type { World } from "../simulation/world.ts";
import { recordLogs } from "./record-logs.ts";
import { clientOn, clientScenario } from "./client-scenario.ts";
import type { ClientScenarioOptions } from "./client-scenario-options.ts";
import { groupFaults } from "./group-faults.ts";
import { topicFaults, topicsChange } from "./topic-faults.ts";
import { BUFFER_BYTES, GROUP, type Living, type MemberSettings, memberProgram } from "./group-member.ts";

const FAULTS_MS = 25_000;
/** Longer than any session timeout, and than the work of an application that hangs at the end. */
const SETTLE_MS = 60_000;
const SESSION_MS = 6000;
/** The largest batch of the writer: eight records, and the batch around them. */
const BATCH_BYTES = 400;

/**
 * 0: KIP-848; 1: classic and eager; 2: classic and cooperative; 3: some of each, so that members who come and go change
 * the group's type.
 */
const MIXED = 3;

/**
 * Members of a group under faults: three to six processes, of one protocol or of both, read two topics. They come, go,
 * crash and hang, while coordinators move and refuse. Its checkers are {@link groupCheckers}, C1 to C12.
 */
export function groupScenario(options: ClientScenarioOptions = {}): Scenario {
  return clientScenario(options, {
    topics: { a: 4, b: 3 },
    transactionMarkerDelayMs: 5,
    groups: {
      initialRebalanceDelayMs: 100,
      consumerSessionTimeoutMs: SESSION_MS,
      consumerHeartbeatIntervalMs: 1000,
      consumerAssignmentIntervalMs: 0,
    },
    faults: {
      untilMs: FAULTS_MS,
      kinds: [
        "partition",
        "one-way-partition",
        "slow-link",
        "reset",
        "cut",
        "half-open",
        "refuse",
        "broker-down",
        "leader-move",
        "lost-reply",
        "lost-request",
        "hang",
        "slow-broker",
        "stall",
        "crash",
        "stale-metadata",
      ],
    },
    limitMs: 900_000,
    checkers: groupCheckers,
    run: async (world, Client) => {
      recordCommits(world);
      const living: Living = new Map();
      const random = world.random("group");
      const nodes = Array.from({ length: random.between(3, 6) }, (_, i) => `member-${i}`);
      const protocol = random.below(MIXED + 1);
      for (const name of nodes)
        world
          .node(name)
          .start((node) => memberProgram(world, node, drawSettings(world, name, protocol), living, Client));
      const counts = new Map<string, number>();
      const writing = write(world, counts);
      world.scheduler.schedule(0, () => makeZombies(world, nodes));
      await Promise.all([groupFaults(world, GROUP, FAULTS_MS), topicFaults(world, counts, FAULTS_MS)]);
      await world.healed();
      world.cluster.clearIntercepts();
      recordCommits(world);
      await world.sleep(SETTLE_MS);
      world.note(CALM);
      await rebalanceInCalm(world, nodes, living);
      await writing;
      await world.sleep(30_000);
      // Some members do not commit automatically.
      for (const consumer of living.values()) await consumer.commit().catch(() => undefined);
      recordGroup(world, living);
      await world.within(
        60_000,
        "reading the partitions",
        recordLogs(world, { topics: ["a", "b"], isolationLevel: "read_committed", durationMs: 8000 }),
      );
    },
  });
}

/**
 * In half of the seeds, processes stall for longer than a session timeout and then continue unaware: other members own
 * their partitions by then.
 */
function makeZombies(world: World, nodes: readonly string[]): void {
  const random = world.random("zombies");
  for (let left = random.below(2) * random.between(1, 3); left > 0; left--) {
    const [node, durationMs] = [
      world.node(nodes[random.below(nodes.length)] ?? "member-0"),
      random.between(SESSION_MS, 2 * SESSION_MS),
    ];
    world.scheduler.schedule(random.between(5000, FAULTS_MS) * 1000, () => {
      world.note(`group fault: ${node.name} stalls for ${durationMs} ms`);
      node.stall(durationMs);
    });
  }
}

/** All of one assignor, or each of its own; some settings differ by member. */
function drawSettings(world: World, name: string, protocol: number): MemberSettings {
  const random = Random.keyed(world.seed, `settings/${name}`);
  const whole = Random.keyed(world.seed, "settings");
  const maxPollIntervalMs = random.below(2) === 0 ? 8000 : 5000;
  const classic = {
    groupProtocol: "classic",
    sessionTimeoutMs: SESSION_MS,
    heartbeatIntervalMs: 1000,
    partitionAssignmentStrategy: [
      protocol === 1 || (protocol === MIXED && whole.below(2) === 0) ? "range" : "cooperative-sticky",
    ],
  } as const;
  const isModern =
    protocol === 0 ||
    (protocol === MIXED && Random.keyed(world.seed, `protocol/${name}/${world.node(name).lives}`).below(2) === 0);
  const isAutoCommitting = random.below(3) > 0;
  const isStatic = random.below(4) === 0;
  const maxPartitionFetchBytes = random.below(2) === 0 ? 150 : 1_048_576;
  return {
    topics: whole.below(2) === 0 ? ["a"] : ["a", "b"],
    options: {
      ...(isModern ? ({ groupProtocol: "consumer" } as const) : classic),
      maxPollIntervalMs,
      enableAutoCommit: isAutoCommitting,
      autoCommitIntervalMs: random.between(300, 3000),
      isolationLevel: "read_committed",
      fetchMaxWaitMs: 200,
      fetchBufferBytes: BUFFER_BYTES,
      maxPartitionFetchBytes,
      ...(isStatic ? { groupInstanceId: name } : {}),
    },
    maxPollIntervalMs,
    metadataMaxAgeMs:
      topicsChange(world) || Random.keyed(world.seed, `metadata/${name}`).below(2) === 0 ? 2000 : 300_000,
    responseBytes: Math.max(maxPartitionFetchBytes, BATCH_BYTES),
    loop: (["records", "batches", "run"] as const)[random.below(3)] ?? "records",
    isAutoCommitting,
    untilMs: FAULTS_MS,
    calmMs: FAULTS_MS + SETTLE_MS,
  };
}

/**
 * Numbered records to every partition, in some seeds in transactions, some of which are aborted; at the end one more to
 * each.
 */
async function write(world: World, counts: ReadonlyMap<string, number>): Promise<void> {
  const node = world.node("writer");
  const random = world.random("writer");
  const isTransactional = random.below(2) === 0;
  let count = 0;
  let isDone = false;
  node.start(async () => {
    if (isDone) return;
    const kafka = clientOn(node, { retryBackoffMs: 20, requestTimeoutMs: 4000 });
    const record = (): { topic: string; partition: number; value: string } => {
      const topic = random.below(2) === 0 ? "a" : "b";
      return { topic, partition: random.below(counts.get(topic) ?? 3), value: `r-${count++}` };
    };
    while (world.nowMs < FAULTS_MS + SETTLE_MS + 100_000) {
      const producer = kafka.producer({
        lingerMs: 0,
        deliveryTimeoutMs: 20_000,
        ...(isTransactional ? { transactionalId: "writer", transactionTimeoutMs: 10_000 } : {}),
      });
      try {
        while (world.nowMs < FAULTS_MS + SETTLE_MS + 100_000) {
          const records = Array.from({ length: random.between(1, 8) }, record);
          if (isTransactional) {
            await producer
              .transaction(async (tx) => {
                for (const each of records) await tx.send(each);
                if (random.below(4) === 0)
                  throw new KafkaError("abortable", "the writer wants this transaction aborted");
              })
              .catch((error: unknown) => {
                if (KafkaError.is(error) && error.kind !== "abortable") throw error;
              });
          } else await Promise.all(records.map((each) => producer.send(each).catch(() => undefined)));
          await node.sleep(world.nowMs < FAULTS_MS ? random.between(10, 200) : random.between(200, 2000));
        }
      } catch (error) {
        node.note(`the writer begins again: ${KafkaError.from(error).message}`);
        await node.sleep(200);
      }
      await producer.close().catch(() => undefined);
    }
    isDone = true;
    await kafka.close();
  });
  while (!isDone) await world.sleep(500);
}

/** Without faults: members leave and come back, one of them as a crashed process that restarts soon. */
async function rebalanceInCalm(world: World, nodes: readonly string[], living: Living): Promise<void> {
  const random = world.random("calm");
  for (let i = 0; i < 3; i++) {
    const name = nodes[random.below(nodes.length)] ?? "member-0";
    await world.sleep(25_000);
    if (random.below(2) === 0) {
      world.note(`${name} crashes, and comes back`);
      world.record({ type: "crash", atMs: world.nowMs, node: name });
      world.node(name).crash();
      await world.sleep(500);
      world.node(name).restart();
    } else {
      world.note(`${name} is closed, and comes back`);
      for (const [member, consumer] of living) if (member.startsWith(`${name}/`)) await consumer.close();
    }
  }
  await world.sleep(SESSION_MS + 10_000);
}

/** Records every offset that a coordinator accepts. */
function recordCommits(world: World): void {
  world.cluster.intercept("OffsetCommit", ({ message, clientId }) => ({
    respond: (response) => {
      const now = world.cluster.snapshot().groups.find(({ groupId }) => groupId === message.groupId);
      const groupGeneration = now?.type === "classic" ? { groupGeneration: now.generation } : {};
      const { topics } = world.cluster.snapshot();
      // The order in the response may differ: refused ones come first.
      for (const { name, topicId, partitions } of response.topics) {
        const topic = topics.find((one) => one.topic === name || one.topicId === topicId)?.topic;
        const asked = message.topics.find((one) => one.name === name && one.topicId === topicId)?.partitions;
        if (topic === undefined) continue; // deleted meanwhile
        for (const { partitionIndex, errorCode } of partitions) {
          const offset = asked?.find((one) => one.partitionIndex === partitionIndex)?.committedOffset;
          if (errorCode !== 0 || offset === undefined) continue;
          world.record({
            type: "commit",
            atMs: world.nowMs,
            node: clientId ?? "",
            groupId: message.groupId,
            memberId: message.memberId,
            topic,
            partition: partitionIndex,
            offset,
            generation: message.generationIdOrMemberEpoch,
            ...groupGeneration,
          });
        }
      }
      return response;
    },
  }));
}

function recordGroup(world: World, living: Living): void {
  const snapshot = world.cluster.snapshot();
  const found = snapshot.groups.find(({ groupId }) => groupId === GROUP);
  const read = new Set([...living.values()].flatMap((consumer) => consumer.assignment().map(({ topic }) => topic)));
  const partitions = snapshot.topics
    .filter(({ topic }) => topic === "a" || read.has(topic))
    .flatMap(({ topic, partitions: all }) =>
      all.map(({ partition }) => ({
        topic,
        partition,
        committed:
          found?.offsets.find((offset) => offset.topic === topic && offset.partition === partition)?.offset ?? 0,
        owners: [...living]
          .filter(([, consumer]) =>
            consumer.assignment().some((own) => own.topic === topic && own.partition === partition),
          )
          .map(([name]) => name),
      })),
    );
  const members = new Set(found?.members.map(({ memberId }) => memberId));
  const outsiders = [...living]
    .filter(([, consumer]) => !consumer.isClosed && !members.has(consumer.groupMetadata().memberId ?? ""))
    .map(([name]) => name);
  world.record({
    type: "group",
    atMs: world.nowMs,
    node: "world",
    groupId: GROUP,
    state: found?.state ?? "gone",
    partitions,
    outsiders,
  });
}
