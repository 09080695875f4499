// Calls about groups and their offsets. Topic: "pay", of two partitions, with three messages in the first. The
// consumers are kafkajs's on both sides.
import type { Admin, Consumer, Kafka } from "kafkajs";
import { type AdminCall, call, sorted } from "./admin-call.ts";
import { send } from "./topic-calls.ts";

const messages = call("messages of three times", (_, kafka) => send(kafka, "pay", [1000, 2000, 3000]));

/** The committed offsets of a group, and those of one topic. */
async function committed(admin: Admin, groupId: string): Promise<unknown> {
  const [all, none] = [await admin.fetchOffsets({ groupId }), await admin.fetchOffsets({ groupId, topics: [] })];
  return { all, none, pay: await admin.fetchOffsets({ groupId, topics: ["pay"] }) };
}

/** Offsets that are set: kafkajs takes 5 s for each. */
export const SET_OFFSETS: readonly AdminCall[] = [
  call("setOffsets", (admin) =>
    admin.setOffsets({ groupId: "g", topic: "pay", partitions: [{ partition: 0, offset: "2" }] }),
  ),
  call("fetchOffsets afterwards", (admin) => committed(admin, "g")),
  call("setOffsets again, with a number, and text for the partition", (admin) =>
    admin.setOffsets({ groupId: "g", topic: "pay", partitions: [{ partition: "1", offset: 7 } as never] }),
  ),
  call(
    "fetchOffsets after that",
    (admin) => committed(admin, "g"),
    "kafkajs commits nothing for a partition that is text",
  ),
  call("setOffsets of an unknown topic", (admin) =>
    admin.setOffsets({ groupId: "g", topic: "y", partitions: [{ partition: 0, offset: "2" }] }),
  ),
  call("resetOffsets of an unknown topic", (admin) => admin.resetOffsets({ groupId: "g", topic: "y", earliest: true })),
  call(
    "listGroups after setOffsets",
    (admin) => admin.listGroups(),
    "kafkajs joins the group as a consumer; here the offsets are committed from outside, as Java's Admin does",
  ),
];

/** Offsets that are reset. */
export const RESET_OFFSETS: readonly (readonly AdminCall[])[] = [
  [
    messages,
    call("resetOffsets", (admin) => admin.resetOffsets({ groupId: "g", topic: "pay" } as never)),
    call("fetchOffsets after resetOffsets", (admin) => committed(admin, "g")),
  ],
  [
    messages,
    call("resetOffsets to the beginning", (admin) =>
      admin.resetOffsets({ groupId: "g", topic: "pay", earliest: true }),
    ),
    call("fetchOffsets after resetOffsets to the beginning", (admin) => committed(admin, "g")),
    call("fetchOffsets with resolveOffsets", (admin) =>
      admin.fetchOffsets({ groupId: "g", topics: ["pay"], resolveOffsets: true }),
    ),
    call("fetchOffsets after resolveOffsets", (admin) => committed(admin, "g")),
  ],
  [
    messages,
    call("fetchOffsets with resolveOffsets of a group without offsets", (admin) =>
      admin.fetchOffsets({ groupId: "g", topics: ["pay"], resolveOffsets: true }),
    ),
    call(
      "setOffsets of a partition that does not exist",
      (admin) => admin.setOffsets({ groupId: "h", topic: "pay", partitions: [{ partition: 7, offset: "2" }] }),
      "kafkajs resolves, and nothing is committed",
    ),
  ],
];

/** Runs something while a group has a member. */
async function whileConsuming<T>(kafka: Kafka, groupId: string, body: (consumer: Consumer) => Promise<T>): Promise<T> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50 });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.connect();
  await consumer.subscribe({ topic: "pay", fromBeginning: true });
  await consumer.run({ eachMessage: async () => await Promise.resolve() });
  await joined;
  try {
    return await body(consumer);
  } finally {
    await consumer.disconnect();
  }
}

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return await promise.catch((error: unknown) => error);
}

async function liveGroup(admin: Admin): Promise<unknown> {
  const { groups } = await admin.describeGroups(["live", "unknown"]);
  return {
    groups: sorted(groups, ({ groupId }) => groupId).map((group) => ({
      ...group,
      members: group.members.map((member) => ({
        ...member,
        buffers: [Buffer.isBuffer(member.memberMetadata), Buffer.isBuffer(member.memberAssignment)],
      })),
    })),
    listed: await admin.listGroups(),
    set: await outcome(
      admin.setOffsets({ groupId: "live", topic: "pay", partitions: [{ partition: 0, offset: "1" }] }),
    ),
    reset: await outcome(admin.resetOffsets({ groupId: "live", topic: "pay", earliest: true })),
    deleted: await outcome(admin.deleteGroups(["live", "unknown"])),
  };
}

/** Calls about groups, first while one has a member, then without. */
export const GROUP_CALLS: readonly AdminCall[] = [
  call("fetchOffsets of an unknown group", (admin) => committed(admin, "g")),
  call("fetchOffsets of an unknown topic", (admin) => admin.fetchOffsets({ groupId: "g", topics: ["y"] })),
  call("the calls of a live group", (admin, kafka) => whileConsuming(kafka, "live", () => liveGroup(admin))),
  call("listGroups()", async (admin) => sorted((await admin.listGroups()).groups, ({ groupId }) => groupId)),
  call("describeGroups([])", (admin) => admin.describeGroups([])),
  call("describeGroups of a resting one, twice", (admin) => admin.describeGroups(["live", "live"])),
  call("describeGroups of nothing", (admin) => admin.describeGroups([""])),
  call("deleteGroups([])", (admin) => admin.deleteGroups([])),
  call("deleteGroups of an unknown one", (admin) => admin.deleteGroups(["unknown"])),
  call("deleteGroups of an old and an unknown one", (admin) => admin.deleteGroups(["live", "unknown"])),
  call("deleteGroups", async (admin, kafka) => {
    await whileConsuming(kafka, "live", () => Promise.resolve());
    return await admin.deleteGroups(["live"]);
  }),
  call("listGroups() afterwards", (admin) => admin.listGroups()),
];
