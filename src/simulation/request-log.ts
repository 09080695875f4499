import type { EmbeddedCluster } from "../embedded/embedded-cluster.ts";
import { crc32c } from "../wire/crc32c.ts";
import type { HistoryEvent } from "./history.ts";
import type { ConnectionTap, NetworkConnection } from "./network-connection.ts";

/** Reads sizes and heads of the frames of a stream of bytes, whatever pieces it comes in. */
class FrameHeads {
  readonly #head = new Uint8Array(12);
  readonly #headBytes: number;
  #have = 0;
  #rest = 0;

  constructor(headBytes: number) {
    this.#headBytes = headBytes;
  }

  push(bytes: Uint8Array, found: (head: DataView, size: number) => void): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#rest > 0) {
        const skipped = Math.min(this.#rest, bytes.length - at);
        this.#rest -= skipped;
        at += skipped;
        continue;
      }
      this.#head[this.#have++] = bytes[at++] ?? 0;
      if (this.#have < this.#headBytes) continue;
      const view = new DataView(this.#head.buffer);
      this.#have = 0;
      this.#rest = Math.max(0, view.getInt32(0) + 4 - this.#headBytes);
      found(view, view.getInt32(0));
    }
  }
}

interface Heads {
  readonly requests: FrameHeads;
  readonly responses: FrameHeads;
}

/** Records every request as it leaves a client, and every response as it reaches one. */
export function requestLog(nowMs: () => number, record: (event: HistoryEvent) => void): ConnectionTap {
  const heads = new Map<number, Heads>();
  const of = (connection: NetworkConnection): Heads => {
    let found = heads.get(connection.id);
    if (found === undefined) heads.set(connection.id, (found = { requests: new FrameHeads(12), responses: new FrameHeads(8) }));
    return found;
  };
  return {
    written(connection, chunks) {
      for (const chunk of chunks) {
        of(connection).requests.push(chunk, (head, size) => {
          record({ type: "request", atMs: nowMs(), node: connection.client, connection: connection.id, to: connection.server, apiKey: head.getInt16(4), apiVersion: head.getInt16(6), correlationId: head.getInt32(8), bytes: size });
        });
      }
    },
    delivered(connection, to, view) {
      if (to === "server") return;
      of(connection).responses.push(view, (head, size) => {
        record({ type: "response", atMs: nowMs(), node: connection.client, connection: connection.id, correlationId: head.getInt32(4), bytes: size });
      });
    },
    ended(connection) {
      heads.delete(connection.id);
      record({ type: "connection-end", atMs: nowMs(), node: connection.client, connection: connection.id });
    },
  };
}

const HEADER = { producerId: 43, producerEpoch: 51, baseSequence: 53, count: 57, attributes: 21 } as const;

/** Records every batch that reaches a broker in a produce request. */
export function produceLog(cluster: EmbeddedCluster, nowMs: () => number, record: (event: HistoryEvent) => void): void {
  let requests = 0;
  cluster.intercept("Produce", ({ message, clientId }) => {
    const request = ++requests;
    for (const { name, topicId, partitionData } of message.topicData) {
      for (const { index, records } of partitionData) {
        if (records === null) continue;
        const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
        const fields = { producerId: Number(view.getBigInt64(HEADER.producerId)), producerEpoch: view.getInt16(HEADER.producerEpoch), baseSequence: view.getInt32(HEADER.baseSequence), count: view.getInt32(HEADER.count) };
        record({ type: "produce", atMs: nowMs(), node: clientId ?? "", request, topic: name === "" ? topicId : name, partition: index, ...fields, digest: digestOf(records.subarray(HEADER.attributes)) });
      }
    }
    return undefined;
  });
}

/** A digest of bytes, for histories. */
export function digestOf(bytes: Uint8Array): string {
  return crc32c(bytes).toString(16).padStart(8, "0");
}
