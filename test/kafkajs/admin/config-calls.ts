/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment -- numbers, as programs in JavaScript write them */
// Calls about settings, the cluster, replicas and access rules. They build on each other. Topics: "orders" and "pay",
// of two partitions each, with one replica, on two brokers.
import { type AdminCall, call, sorted } from "./admin-call.ts";

const TOPIC = { type: 2, name: "orders" };

function settings(
  resources: readonly { readonly configEntries: readonly { readonly configName: string }[] }[],
): unknown {
  return resources.map((one) => ({ ...one, configEntries: sorted(one.configEntries, ({ configName }) => configName) }));
}

/** Calls about settings. */
export const CONFIG_CALLS: readonly AdminCall[] = [
  call("describeConfigs of a topic", async (admin) =>
    settings((await admin.describeConfigs({ resources: [TOPIC], includeSynonyms: false })).resources),
  ),
  call("describeConfigs with synonyms, some names", async (admin) =>
    settings(
      (
        await admin.describeConfigs({
          resources: [{ ...TOPIC, configNames: ["cleanup.policy", "retention.ms", "unheard.of"] }],
          includeSynonyms: true,
        })
      ).resources,
    ),
  ),
  call("describeConfigs: members of the answer", async (admin) =>
    Object.keys(await admin.describeConfigs({ resources: [TOPIC], includeSynonyms: false })),
  ),
  call("describeConfigs of a broker and a topic", async (admin) =>
    sorted(
      (
        await admin.describeConfigs({
          resources: [
            { type: 4, name: "1", configNames: ["log.retention.ms", "num.partitions"] },
            { type: 4, name: "0", configNames: [] },
            { ...TOPIC, configNames: ["retention.ms"] },
          ],
          includeSynonyms: true,
        })
      ).resources,
      ({ resourceName }) => resourceName,
    ).map(({ resourceName, resourceType, configEntries }) => ({
      ...{ resourceName, resourceType },
      configEntries: resourceName === "0" ? configEntries.length > 100 : settings([{ configEntries }]),
    })),
  ),
  call("describeConfigs of loggers", async (admin) =>
    (await admin.describeConfigs({ resources: [{ type: 8, name: "1" }], includeSynonyms: false })).resources.map(
      ({ resourceType, resourceName }) => [resourceType, resourceName],
    ),
  ),
  call("describeConfigs of an unknown topic", (admin) =>
    admin.describeConfigs({ resources: [TOPIC, { type: 2, name: "y" }], includeSynonyms: false }),
  ),
  call("describeConfigs of an unknown broker", (admin) =>
    admin.describeConfigs({ resources: [{ type: 4, name: "9" }], includeSynonyms: false }),
  ),
  call("describeConfigs of type 0", (admin) =>
    admin.describeConfigs({ resources: [{ type: 0, name: "x" }], includeSynonyms: false }),
  ),
  call("alterConfigs", (admin) =>
    admin.alterConfigs({
      resources: [{ ...TOPIC, configEntries: [{ name: "retention.ms", value: "5000" }] }],
      validateOnly: false,
    }),
  ),
  call("alterConfigs replaces all", (admin) =>
    admin.alterConfigs({ resources: [{ ...TOPIC, configEntries: [{ name: "segment.ms", value: "6000" }] }] } as never),
  ),
  call("alterConfigs that only checks", (admin) =>
    admin.alterConfigs({
      resources: [{ ...TOPIC, configEntries: [{ name: "segment.ms", value: "7000" }] }],
      validateOnly: true,
    }),
  ),
  call("describeConfigs afterwards", async (admin) =>
    (
      await admin.describeConfigs({
        resources: [{ ...TOPIC, configNames: ["retention.ms", "segment.ms"] }],
        includeSynonyms: false,
      })
    ).resources.map(({ configEntries }) => sorted(configEntries, ({ configName }) => configName)),
  ),
  call("alterConfigs with a wrong name", (admin) =>
    admin.alterConfigs({
      resources: [{ ...TOPIC, configEntries: [{ name: "unheard.of", value: "5000" }] }],
      validateOnly: false,
    }),
  ),
  call("alterConfigs of an unknown topic", (admin) =>
    admin.alterConfigs({ resources: [{ type: 2, name: "y", configEntries: [] }], validateOnly: false }),
  ),
  call("alterConfigs of a broker", (admin) =>
    admin.alterConfigs({
      resources: [{ type: 4, name: "1", configEntries: [{ name: "log.cleaner.threads", value: "2" }] }],
      validateOnly: false,
    }),
  ),
  call("alterConfigs of an unknown broker", (admin) =>
    admin.alterConfigs({ resources: [{ type: 4, name: "9", configEntries: [] }], validateOnly: false }),
  ),
];

/** The call about the cluster. */
export const CLUSTER_CALLS: readonly AdminCall[] = [
  call("describeCluster()", async (admin) => {
    const { brokers, controller, ...rest } = await admin.describeCluster();
    return { brokers: sorted(brokers, ({ nodeId }) => nodeId), controller: typeof controller, ...rest };
  }),
];

/** Calls about replicas, of a cluster in which none catches up. */
export const REASSIGNMENT_CALLS: readonly AdminCall[] = [
  call("listPartitionReassignments of none", (admin) => admin.listPartitionReassignments({})),
  call("alterPartitionReassignments([])", (admin) => admin.alterPartitionReassignments({ topics: [] })),
  call("alterPartitionReassignments of unknown ones", (admin) =>
    admin.alterPartitionReassignments({
      topics: [
        { topic: "y", partitionAssignment: [{ partition: 0, replicas: [0] }] },
        {
          topic: "orders",
          partitionAssignment: [
            { partition: 7, replicas: [0] },
            { partition: 0, replicas: [9] },
          ],
        },
      ],
    }),
  ),
  call("alterPartitionReassignments without replicas", (admin) =>
    admin.alterPartitionReassignments({
      topics: [{ topic: "pay", partitionAssignment: [{ partition: 0, replicas: [] }] }],
    }),
  ),
  call("alterPartitionReassignments, and its list", async (admin) => {
    const [{ partitions } = { partitions: [] }] = (await admin.fetchTopicMetadata({ topics: ["pay"] })).topics;
    const [at] = partitions.find(({ partitionId }) => partitionId === 0)?.replicas ?? [];
    const to = at === 0 ? 1 : 0;
    const altered = await admin.alterPartitionReassignments({
      topics: [{ topic: "pay", partitionAssignment: [{ partition: 0, replicas: [to] }] }],
      timeout: 3000,
    });
    const { topics } = await admin.listPartitionReassignments({ timeout: 3000 });
    const some = await admin.listPartitionReassignments({ topics: [{ topic: "pay", partitions: [1] }] });
    const moving = JSON.stringify(topics).replaceAll(`[${to}]`, "[to]").replaceAll(`[${at}]`, "[at]");
    return { altered, moving: moving.replace(/\[[01],[01]\]/, "[both]"), some };
  }),
  call("listPartitionReassignments of an unknown topic", (admin) =>
    admin.listPartitionReassignments({ topics: [{ topic: "y", partitions: [0] }] }),
  ),
];

const RULE = {
  resourceType: 2,
  resourceName: "orders",
  resourcePatternType: 3,
  principal: "User:me",
  host: "*",
  operation: 3,
  permissionType: 3,
};
const ANY = { resourceType: 1, resourcePatternType: 1, operation: 1, permissionType: 1 };

/** Access rules, for a cluster with an authorizer. Without one each rejects. */
export const ACL_CALLS: readonly AdminCall[] = [
  call("describeAcls of none", (admin) => admin.describeAcls({ ...ANY, principal: "User:me" })),
  call("createAcls", (admin) => admin.createAcls({ acl: [RULE, { ...RULE, operation: 4, permissionType: 2 }] })),
  call("createAcls of another topic, by prefix", (admin) =>
    admin.createAcls({ acl: [{ ...RULE, resourceName: "pay", resourcePatternType: 4 }] }),
  ),
  call("createAcls that a broker refuses", (admin) => admin.createAcls({ acl: [{ ...RULE, principal: "me" }] })),
  call("createAcls with ANY", (admin) => admin.createAcls({ acl: [{ ...RULE, operation: 1 }] })),
  call("describeAcls", async (admin) =>
    sorted(
      (await admin.describeAcls({ ...ANY, principal: "User:me" })).resources,
      ({ resourceName }) => resourceName,
    ).map((one) => ({ ...one, acls: sorted(one.acls, ({ operation }) => operation) })),
  ),
  call("describeAcls: members of the answer", async (admin) => Object.keys(await admin.describeAcls(ANY))),
  call("describeAcls of one topic", (admin) =>
    admin.describeAcls({ ...ANY, resourceType: 2, resourceName: "pay", resourcePatternType: 4 }),
  ),
  call("describeAcls of type 0", (admin) => admin.describeAcls({ ...ANY, operation: 0 })),
  call("deleteAcls", (admin) =>
    admin.deleteAcls({
      filters: [
        { ...ANY, resourceName: "pay" },
        { ...ANY, principal: "User:nobody" },
      ],
    }),
  ),
  call("deleteAcls of type 0", (admin) => admin.deleteAcls({ filters: [{ ...ANY, resourceType: 0 }] })),
  call("deleteAcls of the rest", async (admin) => {
    const [found] = (await admin.deleteAcls({ filters: [{ ...ANY, principal: "User:me" }] })).filterResponses;
    return sorted(found?.matchingAcls ?? [], ({ operation }) => operation);
  }),
];
