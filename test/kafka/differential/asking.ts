// The requests of the cases: an existing topic, intact batches, batches that were changed after they were sealed, and
// fetches.
import { createTopicsApi } from "../../../src/protocol/messages/create-topics.ts";
import type { FetchRequest } from "../../../src/protocol/messages/fetch.ts";
import { produceApi } from "../../../src/protocol/messages/produce.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import * as at from "../../../src/records/batch-layout.ts";
import { crc32c } from "../../../src/wire/crc32c.ts";
import { type BatchSpec, batchOf } from "../../embedded/raw-client.ts";
import type { Side } from "./side.ts";

export interface Case {
  readonly name: string;
  run(side: Side): Promise<void>;
}

export const UNKNOWN_ID: string = "AAAAAAAAAAAAAAAAAAAAAQ";
export const MAX = 1 << 20;
export const now: number = Date.now();
export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

export async function create(
  side: Side,
  name: string,
  configs: Record<string, string> = {},
  numPartitions = 1,
  not = "",
): Promise<string> {
  await side.ask(
    createTopicsApi,
    {
      timeoutMs: 10_000,
      topics: [
        {
          name,
          numPartitions,
          replicationFactor: 1,
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
    },
    7,
  );
  return side.topicId(name, { partitions: numPartitions, not });
}

export const batch = (spec: BatchSpec = {}): Uint8Array => batchOf({ timestamp: now, ...spec });

/** A batch that was changed after it was sealed; its CRC fits again. */
export function tampered(spec: BatchSpec, change: (view: DataView) => void): Uint8Array {
  const bytes = batch(spec);
  const view = new DataView(bytes.buffer);
  change(view);
  view.setUint32(at.CRC, crc32c(bytes, at.ATTRIBUTES, bytes.length));
  return bytes;
}

export async function produce(
  side: Side,
  records: Uint8Array | null,
  options: {
    readonly topic: string;
    readonly partition?: number;
    readonly version?: number;
    readonly acks?: number;
    readonly topicId?: string;
  },
): Promise<void> {
  const { topic, partition = 0, version = 12, acks = -1, topicId } = options;
  const named = version >= 13 ? { topicId: topicId ?? UNKNOWN_ID } : { name: topic };
  await side.ask(
    produceApi,
    { acks, timeoutMs: 5000, topicData: [{ ...named, partitionData: [{ index: partition, records }] }] },
    version,
  );
}

export function fetchOf(
  topic: string,
  partition: Partial<Input<FetchRequest["topics"][number]["partitions"][number]>>,
  rest: Input<FetchRequest> = {},
): Input<FetchRequest> {
  return {
    maxWaitMs: 100,
    minBytes: 0,
    maxBytes: MAX,
    topics: [{ topic, partitions: [{ partition: 0, partitionMaxBytes: MAX, ...partition }] }],
    ...rest,
  };
}
