// Every call of an admin, with right and wrong arguments for it. Right ones leave alone what the other calls of a run
// are checked by: the records of the topic, its partitions, and the transactional id.
import type { Results } from "../../../src/admin/results.ts";
import { KafkaError } from "../../../src/errors/kafka-error.ts";
import type { Random } from "../../../src/simulation/random.ts";
import { GROUP, PARTITIONS, type Stage, TOPIC } from "./stage.ts";
import type { Call, NotCalled } from "./table.ts";
import { fields, list, optional, other, type Param, pick, whole, words } from "./values.ts";

type Calls = Readonly<Record<string, Call | NotCalled>>;

export function adminCalls(stage: Stage, limit: Param, aSignal: Param): Calls {
  const on = (random: Random): unknown => pick(random, stage.admins);
  const names = list(words(TOPIC, "nowhere"));
  // −1 means the broker's default.
  const count: Param = {
    right: (random) => random.between(1, 3),
    wrong: (random) => pick<unknown>(random, [null, 0, -2, "1", 1.5, NaN, Symbol("n"), 2 ** 31, []]),
  };
  const newTopic = fields(
    {
      topic: { right: () => stage.name("topic"), wrong: words("t").wrong },
      numPartitions: count,
      replicationFactor: count,
      configs: other(() => ({ "retention.ms": "100000" })),
    },
    ["topic"],
  );
  const makable: Param = { right: (random) => pick(random, [...stage.created, "nowhere"]), wrong: words("t").wrong };
  return {
    createTopics: {
      on,
      args: [list(newTopic), limit],
      isAsync: true,
      boundMs: 62_000,
      done: (results) => {
        for (const [topic, result] of results as Results<string, unknown>)
          if (!KafkaError.is(result)) stage.created.add(topic);
      },
    },
    deleteTopics: { on, args: [list(makable), limit], isAsync: true, boundMs: 62_000 },
    listTopics: { on, args: [limit], isAsync: true, boundMs: 62_000 },
    describeTopics: { on, args: [names, limit], isAsync: true, boundMs: 62_000 },
    waitForTopics: { on, args: [names, limit], isAsync: true, boundMs: 62_000 },
    createPartitions: {
      on,
      args: [list(fields({ topic: words("nowhere"), totalCount: whole(1, 9) }, ["topic", "totalCount"]), 1), limit],
      isAsync: true,
      boundMs: 62_000,
    },
    ...accessCalls(on, limit),
    ...oneObjectCalls(on, aSignal),
    ...dataCalls(on, limit),
    ...groupCalls(on, limit),
    ...clusterCalls(on, limit),
    isClosed: { on, args: [], isGetter: true },
    close: { on: () => stage.admins.at(-1), args: [], isAsync: true },
    [Symbol.asyncDispose.toString()]: "the same as close()",
  };
}

/** The calls of an admin about access rules and SCRAM passwords. */
function accessCalls(on: Call["on"], limit: Param): Calls {
  const names = {
    resourceType: words("TOPIC", "GROUP"),
    name: words("orders", "*"),
    patternType: words("LITERAL", "PREFIXED"),
    principal: words("User:alice", "User:*"),
    host: words("*", "10.0.0.1"),
    operation: words("READ", "ALL"),
    permission: words("ALLOW", "DENY"),
  };
  const acl = fields(names, ["resourceType", "name", "principal", "operation"]);
  const scram = fields(
    {
      user: words("alice", "bob", "carol", "dave", "eve"),
      mechanism: words("SCRAM-SHA-256"),
      password: words("secret"),
      iterations: whole(4096, 16_384),
    },
    ["user", "mechanism", "password"],
  );
  const common = { on, isAsync: true, boundMs: 62_000 };
  return {
    describeAcls: { ...common, args: [optional(fields(names)), limit] },
    createAcls: { ...common, args: [list(acl), limit] },
    deleteAcls: { ...common, args: [list(fields(names, ["resourceType"])), limit] },
    describeUserScramCredentials: { ...common, args: [optional(list(words("alice", "bob"))), limit] },
    // One at a time: a user that is named twice for a mechanism is refused.
    alterUserScramCredentials: { ...common, args: [list(scram, 1), limit] },
  };
}

/** The calls of an admin that take one object. */
function oneObjectCalls(on: Call["on"], aSignal: Param): Calls {
  const limits = { timeoutMs: whole(1, 3000), signal: aSignal };
  const owners = list(words("User:alice", "User:bob"));
  const hmac = words("AQID", "BAUG");
  const isTrue: Param = { right: () => true, wrong: (random) => pick<unknown>(random, [null, 1, "true", {}]) };
  const common = { on, isAsync: true, boundMs: 62_000 };
  return {
    describeCluster: {
      ...common,
      args: [optional(fields({ ...limits, includeAuthorizedOperations: isTrue, includeFencedBrokers: isTrue }))],
    },
    createDelegationToken: {
      ...common,
      args: [
        optional(fields({ ...limits, owner: words("User:alice"), renewers: owners, maxLifetimeMs: whole(1, 9000) })),
      ],
    },
    renewDelegationToken: { ...common, args: [hmac, optional(fields({ ...limits, renewTimePeriodMs: whole(1, 9) }))] },
    expireDelegationToken: {
      ...common,
      args: [hmac, optional(fields({ ...limits, expiryTimePeriodMs: whole(1, 9) }))],
    },
    describeDelegationToken: { ...common, args: [optional(fields({ ...limits, owners }))] },
  };
}

const PLACE = { topic: words(TOPIC), partition: whole(0, PARTITIONS - 1) };
const NAMED = ["topic", "partition"];

/** One element: an item that is named twice is refused. */
const one = (param: Param): Param => list(param, 1);

/** The calls about records, configs, replicas and log directories. */
function dataCalls(on: Call["on"], limit: Param): Calls {
  const common = { on, isAsync: true, boundMs: 62_000 };
  const resource = { resourceType: words("TOPIC"), name: words(TOPIC, "nowhere") };
  const replica = fields({ ...PLACE, brokerId: whole(0, 3) }, [...NAMED, "brokerId"]);
  // −1 is right, and deletes all.
  const beforeOffset: Param = {
    right: () => 0,
    wrong: (random) => pick<unknown>(random, [null, -2, 1.5, "1", NaN, {}]),
  };
  return {
    deleteRecords: {
      ...common,
      args: [one(fields({ ...PLACE, beforeOffset }, [...NAMED, "beforeOffset"])), limit],
    },
    listOffsets: {
      ...common,
      args: [one(fields({ ...PLACE, spec: words("earliest", "latest") }, [...NAMED, "spec"])), limit],
    },
    describeConfigs: { ...common, args: [one(fields(resource, ["resourceType", "name"])), limit] },
    alterConfigs: {
      ...common,
      args: [
        one(
          fields({ ...resource, configs: other(() => ({ "retention.ms": "900000000" })) }, [
            "resourceType",
            "name",
            "configs",
          ]),
        ),
        limit,
      ],
    },
    incrementalAlterConfigs: {
      ...common,
      args: [
        one(
          fields({ ...resource, set: other(() => ({ "retention.ms": "900000000" })) }, ["resourceType", "name", "set"]),
        ),
        limit,
      ],
    },
    listConfigResources: { ...common, args: [limit] },
    listClientMetricsResources: { ...common, args: [limit] },
    electLeaders: { ...common, args: [words("PREFERRED"), optional(one(fields(PLACE, NAMED))), limit] },
    alterPartitionReassignments: {
      ...common,
      args: [
        one(
          fields({ topic: words("nowhere"), partition: whole(0, 1), replicas: list(whole(0, 2)) }, [
            ...NAMED,
            "replicas",
          ]),
        ),
        limit,
      ],
    },
    listPartitionReassignments: { ...common, args: [limit] },
    describeLogDirs: { ...common, args: [list(whole(0, 4)), limit] },
    describeReplicaLogDirs: { ...common, args: [one(replica), limit] },
    alterReplicaLogDirs: {
      ...common,
      args: [
        one(fields({ ...PLACE, brokerId: whole(0, 3), logDir: words("/tmp") }, [...NAMED, "brokerId", "logDir"])),
        limit,
      ],
    },
  };
}

/** The calls about groups, their offsets, and transactions. */
function groupCalls(on: Call["on"], limit: Param): Calls {
  const common = { on, isAsync: true, boundMs: 62_000 };
  const groups = list(words(GROUP, "by-hand", "nobody"));
  const nobody = words("nobody");
  const offset = fields({ ...PLACE, offset: whole(0, 5) }, [...NAMED, "offset"]);
  const start = fields({ ...PLACE, startOffset: whole(0, 5) }, [...NAMED, "startOffset"]);
  const offsets = { ...common, args: [nobody, one(offset), limit] };
  const places = { ...common, args: [nobody, one(fields(PLACE, NAMED)), limit] };
  const ids = list(words("tx", "unknown"));
  return {
    listGroups: { ...common, args: [limit] },
    listConsumerGroups: { ...common, args: [limit] },
    describeConsumerGroups: { ...common, args: [groups, limit] },
    describeClassicGroups: { ...common, args: [groups, limit] },
    deleteConsumerGroups: { ...common, args: [one(nobody), limit] },
    removeMembersFromConsumerGroup: { ...common, args: [nobody, limit] },
    listConsumerGroupOffsets: { ...common, args: [one(words(GROUP, "nobody")), limit] },
    alterConsumerGroupOffsets: offsets,
    deleteConsumerGroupOffsets: places,
    resetOffsets: {
      ...common,
      args: [nobody, fields({ to: words("earliest", "latest"), topics: one(words(TOPIC)) }, ["to", "topics"])],
    },
    groupLag: { ...common, args: [words(GROUP, "nobody"), limit] },
    describeShareGroups: { ...common, args: [groups, limit] },
    deleteShareGroups: { ...common, args: [one(nobody), limit] },
    listShareGroupOffsets: { ...common, args: [one(nobody), limit] },
    alterShareGroupOffsets: { ...common, args: [nobody, one(start), limit] },
    deleteShareGroupOffsets: { ...common, args: [nobody, list(words(TOPIC)), limit] },
    describeStreamsGroups: { ...common, args: [groups, limit] },
    deleteStreamsGroups: { ...common, args: [one(nobody), limit] },
    listStreamsGroupOffsets: { ...common, args: [one(nobody), limit] },
    alterStreamsGroupOffsets: offsets,
    deleteStreamsGroupOffsets: places,
    listTransactions: { ...common, args: [limit] },
    describeTransactions: { ...common, args: [ids, limit] },
    describeProducers: { ...common, args: [list(fields(PLACE, NAMED)), limit] },
    abortTransaction: {
      ...common,
      args: [
        fields(
          { topic: words("nowhere"), partition: whole(0, 1), producerId: whole(0, 9), producerEpoch: whole(0, 9) },
          [...NAMED, "producerId", "producerEpoch"],
        ),
        limit,
      ],
    },
    fenceProducers: { ...common, args: [one(words("unknown")), limit] },
    forceTerminateTransaction: { ...common, args: [words("unknown"), limit] },
  };
}

/** The calls about features, controllers and quotas. */
function clusterCalls(on: Call["on"], limit: Param): Calls {
  const common = { on, isAsync: true, boundMs: 62_000 };
  const id = words("AAAAAAAAAAAAAAAAAAAAAQ");
  const voter = { voterId: whole(0, 9), voterDirectoryId: id };
  const endpoint = fields({ name: words("CONTROLLER"), host: words("a"), port: whole(1, 9) }, ["name", "host", "port"]);
  return {
    describeFeatures: { ...common, args: [limit] },
    updateFeatures: {
      ...common,
      args: [one(fields({ feature: words("f"), maxVersionLevel: whole(1, 2) }, ["feature", "maxVersionLevel"])), limit],
    },
    describeMetadataQuorum: { ...common, args: [limit] },
    addRaftVoter: {
      ...common,
      args: [fields({ ...voter, endpoints: one(endpoint) }, ["voterId", "voterDirectoryId", "endpoints"]), limit],
    },
    removeRaftVoter: { ...common, args: [fields(voter, ["voterId", "voterDirectoryId"]), limit] },
    unregisterBroker: { ...common, args: [whole(77, 78), limit] },
    unregisterController: { ...common, args: [whole(77, 78), limit] },
    describeClientQuotas: { ...common, args: [limit] },
    alterClientQuotas: {
      ...common,
      args: [
        one(
          fields({ entity: other(() => ({ user: "alice" })), set: other(() => ({ producer_byte_rate: 1e9 })) }, [
            "entity",
            "set",
          ]),
        ),
        limit,
      ],
    },
  };
}
