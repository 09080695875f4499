import * as ErrorCode from "../../errors/error-code.ts";
import {
  type ConsumerGroupHeartbeatResponse,
  consumerGroupHeartbeatApi,
} from "../../protocol/messages/consumer-group-heartbeat.ts";
import type { Input } from "../../protocol/schema.ts";
import { servesConsumerProtocol } from "../serves-consumer-protocol.ts";
import { type AnyHandler, handler } from "../handler.ts";
import { heartbeatError } from "../state/groups/consumer-heartbeat.ts";

/** ConsumerGroupHeartbeat, 0 and 1 (KIP-848). */
export function consumerGroupHeartbeat(): AnyHandler {
  return handler({
    api: consumerGroupHeartbeatApi,
    min: 0,
    max: 1,
    handle: (request, context): Input<ConsumerGroupHeartbeatResponse> => {
      const { cluster, nodeId, apiVersion, clientId, clientHost, access } = context;
      const { groupId } = request;
      if (!servesConsumerProtocol(cluster, nodeId)) return { errorCode: ErrorCode.UNSUPPORTED_VERSION };
      if (access?.denies("READ", "GROUP", groupId) === true) return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
      // Kafka does not name the topic that is denied.
      if (request.subscribedTopicNames?.some((topic) => access?.denies("DESCRIBE", "TOPIC", topic)) === true)
        return { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED };
      // In version 0, the broker chooses the id of a member that joins.
      const memberId =
        request.memberId === "" && apiVersion === 0 && request.memberEpoch === 0
          ? cluster.newMemberId()
          : request.memberId;
      const heartbeat = { ...request, memberId, clientId: clientId ?? "", clientHost };
      const wrong = heartbeatError(heartbeat, apiVersion);
      if (wrong !== undefined) return wrong;
      const elsewhere = cluster.coordinators.errorAt("group", groupId, nodeId);
      return elsewhere === ErrorCode.NONE
        ? cluster.groupCoordinator.consumerHeartbeat(heartbeat)
        : { errorCode: elsewhere };
    },
  });
}
