import { ByteReader, ByteWriter } from "./protocol-bytes.ts";

/** The subscription of a member that joins: its topics, and bytes of its assigner. */
export interface MemberMetadataFields {
  readonly version: number;
  readonly topics: readonly string[];
  readonly userData?: Buffer | string | null;
}

/** The assignment of a member: its partitions by topic, and bytes of the leader's assigner. */
export interface MemberAssignmentFields {
  readonly version: number;
  readonly assignment: Readonly<Record<string, readonly number[]>>;
  readonly userData?: Buffer | string | null;
}

/** The bytes of a member's metadata (ConsumerProtocolSubscription). */
export const MemberMetadata = {
  encode({ version, topics, userData = Buffer.alloc(0) }: MemberMetadataFields): Buffer {
    const writer = new ByteWriter().int16(version).int32(topics.length);
    for (const topic of topics) writer.string(topic);
    return writer.bytes(userData).buffer();
  },

  decode(buffer: Buffer): { version: number; topics: string[]; userData: Buffer | null } {
    const reader = new ByteReader(buffer);
    const version = reader.int16();
    return { version, topics: reader.array(() => reader.string()), userData: reader.bytes() };
  },
};

/** The bytes of a member's assignment (ConsumerProtocolAssignment). */
export const MemberAssignment = {
  encode({ version, assignment, userData = Buffer.alloc(0) }: MemberAssignmentFields): Buffer {
    const topics = Object.keys(assignment);
    const writer = new ByteWriter().int16(version).int32(topics.length);
    for (const topic of topics) {
      const partitions = assignment[topic] ?? [];
      writer.string(topic).int32(partitions.length);
      for (const partition of partitions) writer.int32(partition);
    }
    return writer.bytes(userData).buffer();
  },

  /** Null for an empty buffer: a member without partitions. */
  decode(buffer: Buffer): { version: number; assignment: Record<string, number[]>; userData: Buffer | null } | null {
    if (buffer.length < 2) return null;
    const reader = new ByteReader(buffer);
    const version = reader.int16();
    const pairs = reader.array(() => [reader.string(), reader.array(() => reader.int32())] as const);
    return { version, assignment: Object.fromEntries(pairs), userData: reader.bytes() };
  },
};

/** The export `AssignerProtocol`. */
export const AssignerProtocol = { MemberMetadata, MemberAssignment };
