import * as ErrorCode from "../errors/error-code.ts";
import type { ProduceRequest, ProduceResponse } from "../protocol/messages/produce.ts";
import type { Input } from "../protocol/schema.ts";
import type { RequestContext } from "./handler.ts";
import type { Access } from "./security/access.ts";
import { transactionalBatches } from "./transactional-produce.ts";

/** The topics of a Produce request that the client may write, and the answers for the others. */
export interface WritableTopics {
  readonly allowed: ProduceRequest["topicData"];
  readonly refused: readonly Input<ProduceResponse["responses"][number]>[];
}

const TOPIC_IDS_SINCE = 13;

/** Separates the topics that a client may write. Without a right to its transactional id, it may write none. */
export function writable(request: ProduceRequest, context: RequestContext, access: Access): WritableTopics {
  const { topicData, transactionalId } = request;
  if (transactionalId !== null && access.denies("WRITE", "TRANSACTIONAL_ID", transactionalId)) {
    if (transactionalBatches(request, context) !== undefined) {
      const code = ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
      return { allowed: [], refused: topicData.map((topic) => refusal(topic, code, context)) };
    }
  }
  const isDenied = ({ name, topicId }: ProduceRequest["topicData"][number]): boolean => {
    const written = context.apiVersion >= TOPIC_IDS_SINCE ? context.cluster.topics.byId(topicId)?.name : name;
    return written !== undefined && access.denies("WRITE", "TOPIC", written);
  };
  const denied = topicData.filter(isDenied);
  return {
    allowed: denied.length === 0 ? topicData : topicData.filter((topic) => !denied.includes(topic)),
    refused: denied.map((topic) => refusal(topic, ErrorCode.TOPIC_AUTHORIZATION_FAILED, context)),
  };
}

function refusal(
  { name, topicId, partitionData }: ProduceRequest["topicData"][number],
  errorCode: number,
  { apiVersion }: RequestContext,
): WritableTopics["refused"][number] {
  const partitionResponses = partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1 }));
  return apiVersion >= TOPIC_IDS_SINCE ? { topicId, partitionResponses } : { name, partitionResponses };
}
