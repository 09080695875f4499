import { decodeMessage } from "../../../protocol/decode.ts";
import { decodeVersioned, encodeVersioned } from "../../../protocol/embedded-formats.ts";
import { consumerProtocolAssignment } from "../../../protocol/messages/consumer-protocol-assignment.ts";
import {
  type ConsumerProtocolSubscription,
  consumerProtocolSubscription,
} from "../../../protocol/messages/consumer-protocol-subscription.ts";
import { ByteReader } from "../../../wire/byte-reader.ts";

/** The protocol type of consumers, whose metadata the coordinator understands. */
export const CONSUMER_PROTOCOL = "consumer";

/** The subscription in a consumer's metadata; undefined if it is malformed. */
export function subscriptionOf(
  metadata: Uint8Array,
): { readonly version: number; readonly message: ConsumerProtocolSubscription } | undefined {
  try {
    return decodeVersioned(consumerProtocolSubscription, metadata);
  } catch {
    return undefined;
  }
}

/**
 * The topics in a consumer's metadata; undefined if it is malformed. All versions begin with the fields of version 0,
 * and Kafka reads no more: clients may leave out the fields that their version would add.
 */
export function subscribedTopicsOf(metadata: Uint8Array): readonly string[] | undefined {
  try {
    const reader = new ByteReader(metadata);
    if (reader.int16() < 0) return undefined;
    return decodeMessage(consumerProtocolSubscription, reader, 0).topics;
  } catch {
    return undefined;
  }
}

/** The partitions that a leader assigned to a member, by topic; undefined if malformed. */
export function assignmentOf(
  bytes: Uint8Array,
): readonly { readonly topic: string; readonly partitions: readonly number[] }[] | undefined {
  if (bytes.length === 0) return [];
  try {
    return decodeVersioned(consumerProtocolAssignment, bytes).message.assignedPartitions;
  } catch {
    return undefined;
  }
}

/** Encodes an assignment as a leader would. */
export function encodeAssignment(
  assignedPartitions: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
  version: number,
): Uint8Array {
  return encodeVersioned(
    consumerProtocolAssignment,
    { assignedPartitions, userData: null },
    Math.min(version, consumerProtocolAssignment.max),
  );
}
