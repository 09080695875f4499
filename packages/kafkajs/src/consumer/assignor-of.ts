import type { ConsumerOptions } from "odradek";
import type { Assigner } from "../assigners/round-robin-assigner.ts";
import type { Cluster } from "../connecting/cluster.ts";
import type { Logger } from "../logging/logger.ts";

/** Makes an assigner, once for a consumer. */
export type AssignerFactory = (parts: {
  readonly cluster: Cluster;
  readonly groupId: string;
  readonly logger: Logger;
}) => Assigner;

/** An assignor of Odradek. */
export type OdradekAssignorObject = Exclude<
  NonNullable<ConsumerOptions["partitionAssignmentStrategy"]>[number],
  string
>;

/**
 * An assigner of kafkajs as an assignor of Odradek. Its bytes go to the group as they are. `failed` gets what it
 * throws, which the consumer then crashes with: Odradek's own error would hide it.
 */
export function assignorOf(
  assigner: Assigner,
  topics: readonly string[],
  cluster: Cluster,
  failed: (error: unknown) => void,
): OdradekAssignorObject {
  return {
    name: assigner.name,
    rebalanceProtocol: "eager",
    subscription: () => {
      try {
        return assigner.protocol({ topics: [...topics] }).metadata;
      } catch (error) {
        failed(error);
        throw error;
      }
    },
    assign: async ({ members, partitionInfo }) => {
      // The assigner asks the cluster: it must know the partitions of this moment.
      await cluster.addMultipleTargetTopics([...new Set([...topics, ...partitionInfo.keys()])]);
      try {
        const all = await assigner.assign({
          members: members.map(({ memberId, instanceId, metadata }) => ({
            memberId,
            groupInstanceId: instanceId,
            memberMetadata: Buffer.from(metadata.buffer, metadata.byteOffset, metadata.length),
          })),
          topics: [...topics],
        });
        return new Map(all.map(({ memberId, memberAssignment }) => [memberId, memberAssignment]));
      } catch (error) {
        failed(error);
        throw error;
      }
    },
  };
}
