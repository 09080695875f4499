import type { PartitionMetadata } from "../connecting/partition-metadata.ts";
import { MemberAssignment, MemberMetadata } from "./assigner-protocol.ts";

/** The part of the cluster that an assigner uses. */
export interface AssignerCluster {
  findTopicPartitionMetadata(topic: string): Pick<PartitionMetadata, "partitionId">[];
}

/** An assigner of kafkajs. */
export interface Assigner {
  readonly name: string;
  readonly version: number;
  /** Returns the metadata of this member. It is called at every join. */
  protocol(subscription: { readonly topics: readonly string[] }): { name: string; metadata: Buffer };
  /** Called on the leader. Returns the assignment of each member. */
  assign(group: {
    readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
    readonly topics: readonly string[];
  }): Promise<{ memberId: string; memberAssignment: Buffer }[]>;
}

/**
 * kafkajs's assigner: the partitions of all topics, one after the other, go round the members, sorted by their ids. A
 * topic goes round the members that subscribe to it. kafkajs also gave partitions to the other members, which did not
 * read them. Where all members have the same topics the two agree, so that groups may have both.
 */
export function roundRobinAssigner({ cluster }: { readonly cluster: AssignerCluster }): Assigner {
  return {
    name: "RoundRobinAssigner",
    version: 0,

    protocol({ topics }) {
      return { name: this.name, metadata: MemberMetadata.encode({ version: this.version, topics }) };
    },

    assign({ members, topics }) {
      const subscribed = members
        .map(({ memberId, memberMetadata }) => ({ memberId, topics: topicsOf(memberMetadata) }))
        .sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
      const wanted = [...new Set([...topics, ...subscribed.flatMap((member) => [...(member.topics ?? [])])])];
      const assigned = new Map<string, Record<string, number[]>>();
      let turn = 0;
      for (const topic of wanted)
        for (const { partitionId } of cluster.findTopicPartitionMetadata(topic)) {
          const memberId = nextMember(subscribed, topic, turn);
          if (memberId === undefined) continue;
          turn = subscribed.findIndex((member) => member.memberId === memberId) + 1;
          const own = assigned.get(memberId) ?? (Object.create(null) as Record<string, number[]>);
          assigned.set(memberId, own);
          (own[topic] ??= []).push(partitionId);
        }
      const all = [...assigned].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({ version: this.version, assignment }),
      }));
      return Promise.resolve(all);
    },
  };
}

interface Subscribed {
  readonly memberId: string;
  /** Undefined if its metadata cannot be read: it then counts as subscribed to everything, as in kafkajs. */
  readonly topics: ReadonlySet<string> | undefined;
}

/** The first member from `turn` on, round the end, that subscribes to the topic. */
function nextMember(members: readonly Subscribed[], topic: string, turn: number): string | undefined {
  for (let i = 0; i < members.length; i++) {
    const member = members[(turn + i) % members.length];
    if (member !== undefined && (member.topics?.has(topic) ?? true)) return member.memberId;
  }
  return undefined;
}

function topicsOf(metadata: Buffer): ReadonlySet<string> | undefined {
  try {
    return new Set(MemberMetadata.decode(metadata).topics);
  } catch {
    return undefined;
  }
}
