import type { EmbeddedCluster } from "../embedded/embedded-cluster.ts";
import { decodeMessage } from "../protocol/decode.ts";
import { decodeRequest, decodeResponse } from "../protocol/headers.ts";
import { createTopicsApi } from "../protocol/messages/create-topics.ts";
import { fetchApi } from "../protocol/messages/fetch.ts";
import { initProducerIdApi } from "../protocol/messages/init-producer-id.ts";
import { listOffsetsApi } from "../protocol/messages/list-offsets.ts";
import { metadataApi } from "../protocol/messages/metadata.ts";
import { produceApi } from "../protocol/messages/produce.ts";
import * as at from "../records/batch-layout.ts";
import type { LogEntry } from "../runtime/platform.ts";
import { crc32c } from "../wire/crc32c.ts";
import type { HistoryEvent } from "./history.ts";
import type { ConnectionTap, NetworkConnection } from "./network-connection.ts";

/** Reads the sizes and first bytes of the frames of a stream, which comes in pieces of any size. */
class FrameHeads {
  readonly #headBytes: number;
  readonly #isWhole: ((head: DataView) => boolean) | undefined;
  #head: Uint8Array;
  #view: DataView;
  #wanted: number;
  #have = 0;
  #rest = 0;

  /** `isWhole` gets the first 8 bytes of a frame, and returns whether the head is to be all of it. */
  constructor(headBytes: number, isWhole?: (head: DataView) => boolean) {
    this.#headBytes = headBytes;
    this.#isWhole = isWhole;
    this.#head = new Uint8Array(headBytes);
    this.#view = new DataView(this.#head.buffer);
    this.#wanted = headBytes;
  }

  /** `head` has as many bytes as the frame, at most those that are wanted; the bytes after them are old. */
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
      if (this.#have < 4) continue;
      const size = this.#view.getInt32(0);
      if (this.#have === 8 && size < MOST_WHOLE_BYTES && this.#isWhole?.(this.#view) === true) this.#want(size + 4);
      if (this.#have < Math.min(this.#wanted, size + 4)) continue;
      const have = this.#have;
      this.#have = 0;
      this.#wanted = this.#headBytes;
      this.#rest = Math.max(0, size + 4 - have);
      found(this.#view, size);
    }
  }

  #want(bytes: number): void {
    this.#wanted = Math.max(bytes, this.#headBytes);
    if (this.#head.length >= this.#wanted) return;
    const longer = new Uint8Array(this.#wanted);
    longer.set(this.#head);
    this.#head = longer;
    this.#view = new DataView(longer.buffer);
  }
}

const REQUEST_HEAD = 12;
/**
 * The size, correlation id, the tags that newer versions have, and the first four bytes of most responses: the throttle
 * time.
 */
const RESPONSE_HEAD = 13;
/** A malformed response may announce any size. */
const MOST_WHOLE_BYTES = 1 << 20;
const PRODUCE = 0;
const FETCH = 1;
/** The APIs whose responses begin with the throttle time, and the version since which they do. */
const THROTTLE_FIRST = new Map(
  (
    [
      [fetchApi, 1],
      [listOffsetsApi, 2],
      [metadataApi, 3],
      [createTopicsApi, 2],
      [initProducerIdApi, 0],
    ] as const
  ).map(([api, since]) => [api.key, { flexibleFrom: api.response.flexibleFrom, since }]),
);

interface Conversation {
  readonly requests: FrameHeads;
  readonly responses: FrameHeads;
  /** A request without a response yet. */
  readonly asked: Asked[];
  /** Whether a response was malformed: where the next one begins is unknown. */
  isMalformed: boolean;
}

interface Asked {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
}

function newConversation(): Conversation {
  const asked: Asked[] = [];
  // A response of Produce ends with the throttle time.
  const isProduced = (head: DataView): boolean =>
    asked.find(({ correlationId }) => correlationId === head.getInt32(4))?.apiKey === PRODUCE;
  const responses = new FrameHeads(RESPONSE_HEAD, isProduced);
  return { requests: new FrameHeads(REQUEST_HEAD), responses, asked, isMalformed: false };
}

/** Records every attempt to connect, every request when it leaves a client, and every response when it reaches one. */
export function requestLog(nowMs: () => number, record: (event: HistoryEvent) => void): ConnectionTap {
  const conversations = new Map<number, Conversation>();
  const epochs = new FetchEpochs(nowMs, record);
  const of = (connection: NetworkConnection): Conversation => {
    let found = conversations.get(connection.id);
    if (found === undefined) conversations.set(connection.id, (found = newConversation()));
    return found;
  };
  return {
    connecting(client, address) {
      record({ type: "connect", atMs: nowMs(), node: client, to: address });
    },
    written(connection, chunks) {
      const { requests, asked } = of(connection);
      for (const chunk of chunks) {
        requests.push(chunk, (head, size) => {
          const question = { apiKey: head.getInt16(4), apiVersion: head.getInt16(6), correlationId: head.getInt32(8) };
          asked.push(question);
          record({
            type: "request",
            atMs: nowMs(),
            node: connection.client,
            connection: connection.id,
            to: connection.server,
            ...question,
            bytes: size,
          });
          if (question.apiKey === FETCH && chunk.length === size + 4) epochs.look(connection.client, chunk.subarray(4));
        });
      }
    },
    delivered(connection, to, view) {
      if (to === "server") return;
      const { responses, asked, isMalformed } = of(connection);
      if (isMalformed) return;
      responses.push(view, (head, size) => {
        const correlationId = head.getInt32(4);
        // Earlier requests of the connection got no response: acks=0.
        const [question] = asked
          .splice(0, asked.findIndex((other) => other.correlationId === correlationId) + 1)
          .slice(-1);
        const throttleMs = throttleOf(head, size, question);
        record({
          type: "response",
          atMs: nowMs(),
          node: connection.client,
          connection: connection.id,
          correlationId,
          bytes: size,
          ...(throttleMs > 0 ? { throttleMs } : {}),
        });
      });
    },
    malformed(connection) {
      const { id, client: node } = connection;
      of(connection).isMalformed = true;
      record({ type: "malformed", atMs: nowMs(), node, connection: id });
    },
    ended(connection, by) {
      conversations.delete(connection.id);
      record({ type: "connection-end", atMs: nowMs(), node: connection.client, connection: connection.id, by });
    },
  };
}

/** The throttle time of a response. */
function throttleOf(head: DataView, size: number, asked: Asked | undefined): number {
  if (asked === undefined) return 0;
  const { apiKey, apiVersion } = asked;
  if (apiKey === PRODUCE)
    return decodeResponse(produceApi, new Uint8Array(head.buffer, 4, size), apiVersion).message.throttleTimeMs;
  const found = THROTTLE_FIRST.get(apiKey);
  if (found === undefined || apiVersion < found.since) return 0;
  return head.getInt32(apiVersion >= found.flexibleFrom ? 9 : 8);
}

/**
 * Records the leader epochs with which clients fetch, when they write them: requests may overtake each other before
 * they arrive.
 */
class FetchEpochs {
  readonly #nowMs: () => number;
  readonly #record: (event: HistoryEvent) => void;
  readonly #epochs = new Map<string, number>();

  constructor(nowMs: () => number, record: (event: HistoryEvent) => void) {
    this.#nowMs = nowMs;
    this.#record = record;
  }

  look(node: string, bytes: Uint8Array): void {
    const { reader, apiVersion } = decodeRequest(bytes, (_, version) => fetchApi.request.isFlexible(version));
    if (apiVersion < 9) return; // had none
    for (const { topic, topicId, partitions } of decodeMessage(fetchApi.request, reader, apiVersion).topics) {
      const name = topic === "" ? topicId : topic;
      for (const { partition, currentLeaderEpoch: epoch } of partitions) {
        const key = `${node}/${name}/${partition}`;
        if (epoch < 0 || this.#epochs.get(key) === epoch) continue;
        this.#epochs.set(key, epoch);
        this.#record({ type: "epoch", atMs: this.#nowMs(), node, topic: name, partition, epoch });
      }
    }
  }
}

/** Records every batch of a Produce request that reaches a broker. */
export function produceLog(cluster: EmbeddedCluster, nowMs: () => number, record: (event: HistoryEvent) => void): void {
  let requests = 0;
  cluster.intercept("Produce", ({ message, clientId }) => {
    const request = ++requests;
    for (const { name, topicId, partitionData } of message.topicData) {
      for (const { index, records } of partitionData) {
        if (records === null) continue;
        const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
        const fields = {
          producerId: at.readInt64(view, at.PRODUCER_ID),
          producerEpoch: view.getInt16(at.PRODUCER_EPOCH),
          baseSequence: view.getInt32(at.BASE_SEQUENCE),
          count: view.getInt32(at.RECORD_COUNT),
        };
        record({
          type: "produce",
          atMs: nowMs(),
          node: clientId ?? "",
          request,
          topic: name === "" ? topicId : name,
          partition: index,
          ...fields,
          digest: digestOf(records.subarray(at.ATTRIBUTES)),
        });
      }
    }
  });
}

/** A digest of bytes, for histories. */
export function digestOf(bytes: Uint8Array): string {
  return crc32c(bytes).toString(16).padStart(8, "0");
}

/** Records each election that truncated a partition, which brokers write to their log lines. */
export function truncationLog(nowMs: () => number, record: (event: HistoryEvent) => void): (entry: LogEntry) => void {
  return ({ fields }) => {
    const { topic, partition, leaderId, toOffset, isClean } = fields ?? {};
    if (typeof topic !== "string" || typeof partition !== "number" || typeof toOffset !== "number") return;
    record({
      type: "truncation",
      atMs: nowMs(),
      node: `broker-${String(leaderId)}`,
      topic,
      partition,
      toOffset,
      isClean: isClean === true,
    });
  };
}
