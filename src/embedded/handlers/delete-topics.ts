import * as ErrorCode from "../../errors/error-code.ts";
import {
  type DeleteTopicsResponseDeletableTopicResult,
  deleteTopicsApi,
} from "../../protocol/messages/delete-topics.ts";
import type { Input } from "../../protocol/schema.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import { type AnyHandler, type ClusterState, handler } from "../handler.ts";
import { NO_TIME } from "../outcome.ts";
import { ABOVE_QUOTA } from "../quota-messages.ts";
import type { Access } from "../security/access.ts";
import type { MutationQuota } from "../state/quotas/mutation-quota.ts";

const IDS_SINCE = 6;
/** Clients of earlier versions do not know THROTTLING_QUOTA_EXCEEDED: they are only throttled. */
const QUOTA_ERRORS_SINCE = 5;

/** DeleteTopics, 1 to 6: by name, from version 6 on also by id. */
export function deleteTopics(): AnyHandler {
  return handler({
    api: deleteTopicsApi,
    min: 1,
    max: 6,
    handle: (request, { cluster, apiVersion, access, throttle, clientId }) => {
      const quota = throttle.mutations(clientId, apiVersion >= QUOTA_ERRORS_SINCE);
      const named =
        apiVersion >= IDS_SINCE ? request.topics : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
      if (named.length > 0 && request.timeoutMs <= 0)
        return { responses: named.map(({ name, topicId }) => ({ name, topicId, ...NO_TIME })) };
      const responses = once(named, cluster).map((wanted) =>
        wanted.refusal === undefined
          ? (denied(wanted, cluster, access) ?? remove(wanted, cluster, quota))
          : { name: wanted.name, topicId: wanted.topicId, ...wanted.refusal },
      );
      return { responses, throttleTimeMs: throttle.mutated(quota) };
    },
  });
}

interface Named {
  readonly name: string | null;
  readonly topicId: string;
}

interface Wanted extends Named {
  readonly refusal?: { readonly errorCode: number; readonly errorMessage: string };
}

/** A topic that is named twice, perhaps once by its id, is refused, and appears once in the response. */
function once(named: readonly Named[], { topics }: ClusterState): readonly Wanted[] {
  const seen = new Map<string, Wanted>();
  named.forEach(({ name, topicId }, i) => {
    const isName = name !== null && topicId === ZERO_UUID;
    const isId = name === null && topicId !== ZERO_UUID;
    const key = isName ? `name ${name}` : isId ? `id ${topicId}` : String(i);
    seen.set(
      key,
      seen.has(key) ? refused(name, topicId, `Duplicate topic ${isName ? "name" : "id"}.`) : { name, topicId },
    );
  });
  for (const [key, { name, topicId }] of [...seen]) {
    const id = name !== null && topicId === ZERO_UUID ? topics.byName(name)?.topicId : undefined;
    if (id !== undefined && seen.delete(`id ${id}`))
      seen.set(key, refused(name, id, "The provided topic name maps to an ID that was already supplied."));
  }
  return [...seen.values()];
}

function refused(name: string | null, topicId: string, errorMessage: string): Wanted {
  return { name, topicId, refusal: { errorCode: ErrorCode.INVALID_REQUEST, errorMessage } };
}

/** The refusal of a client that may not delete the topic. If it may not see it either, it does not learn the name. */
function denied(
  { name, topicId }: Named,
  { topics }: ClusterState,
  access: Access | undefined,
): Input<DeleteTopicsResponseDeletableTopicResult> | undefined {
  const known = name ?? topics.byId(topicId)?.name;
  if (access?.deniesCluster("DELETE") !== true || known === undefined) return undefined;
  const isHidden = access.denies("DESCRIBE", "TOPIC", known);
  if (!isHidden && !access.denies("DELETE", "TOPIC", known)) return undefined;
  const { TOPIC_AUTHORIZATION_FAILED: errorCode } = ErrorCode;
  return { name: isHidden ? name : known, topicId, errorCode, errorMessage: "Topic authorization failed." };
}

function remove(
  { name, topicId }: Named,
  { topics, groups }: ClusterState,
  quota: MutationQuota,
): Input<DeleteTopicsResponseDeletableTopicResult> {
  const refuse = (errorCode: number, errorMessage: string | null): Input<DeleteTopicsResponseDeletableTopicResult> => ({
    name,
    topicId,
    errorCode,
    errorMessage,
  });
  if (name !== null && topicId !== ZERO_UUID)
    return refuse(ErrorCode.INVALID_REQUEST, "You may not specify both topic name and topic id.");
  if (name === null && topicId === ZERO_UUID)
    return refuse(ErrorCode.INVALID_REQUEST, "Neither topic name nor id were specified.");
  const topic = name === null ? topics.byId(topicId) : topics.byName(name);
  if (topic === undefined)
    return name === null
      ? refuse(ErrorCode.UNKNOWN_TOPIC_ID, "This server does not host this topic ID.")
      : refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "This server does not host this topic-partition.");
  if (!quota.take(topic.partitions.length)) return refuse(ABOVE_QUOTA.errorCode, ABOVE_QUOTA.errorMessage);
  topics.delete(topic);
  groups.deleteTopic(topic.name);
  return { name: topic.name, topicId: topic.topicId, errorCode: ErrorCode.NONE };
}
