// One half of the comparison: a cluster, a raw connection to it, and what it answered, with the names of its own taken
// out.
import assert from "node:assert/strict";
import { decodeResponse, encodeRequest } from "../../../src/protocol/headers.ts";
import { deleteTopicsApi } from "../../../src/protocol/messages/delete-topics.ts";
import { listOffsetsApi } from "../../../src/protocol/messages/list-offsets.ts";
import { metadataApi } from "../../../src/protocol/messages/metadata.ts";
import { alterClientQuotasApi } from "../../../src/protocol/messages/alter-client-quotas.ts";
import { describeClientQuotasApi } from "../../../src/protocol/messages/describe-client-quotas.ts";
import { addPartitionsToTxnApi } from "../../../src/protocol/messages/add-partitions-to-txn.ts";
import { describeProducersApi } from "../../../src/protocol/messages/describe-producers.ts";
import { describeTransactionsApi } from "../../../src/protocol/messages/describe-transactions.ts";
import { listTransactionsApi } from "../../../src/protocol/messages/list-transactions.ts";
import { consumerGroupDescribeApi } from "../../../src/protocol/messages/consumer-group-describe.ts";
import { consumerGroupHeartbeatApi } from "../../../src/protocol/messages/consumer-group-heartbeat.ts";
import { deleteRecordsApi } from "../../../src/protocol/messages/delete-records.ts";
import { listConfigResourcesApi } from "../../../src/protocol/messages/list-config-resources.ts";
import { alterReplicaLogDirsApi } from "../../../src/protocol/messages/alter-replica-log-dirs.ts";
import { describeLogDirsApi } from "../../../src/protocol/messages/describe-log-dirs.ts";
import { electLeadersApi } from "../../../src/protocol/messages/elect-leaders.ts";
import { deleteGroupsApi } from "../../../src/protocol/messages/delete-groups.ts";
import { describeGroupsApi } from "../../../src/protocol/messages/describe-groups.ts";
import { joinGroupApi } from "../../../src/protocol/messages/join-group.ts";
import { listGroupsApi } from "../../../src/protocol/messages/list-groups.ts";
import { offsetFetchApi } from "../../../src/protocol/messages/offset-fetch.ts";
import { writeTxnMarkersApi } from "../../../src/protocol/messages/write-txn-markers.ts";
import * as at from "../../../src/records/batch-layout.ts";
import { produceApi } from "../../../src/protocol/messages/produce.ts";
import { apiVersionsApi } from "../../../src/protocol/messages/api-versions.ts";
import type { Api, Input } from "../../../src/protocol/schema.ts";
import type { Connector } from "../../../src/runtime/byte-stream.ts";
import { now } from "./asking.ts";
import { MemberNames } from "./member-names.ts";
import { RawClient } from "../../embedded/raw-client.ts";

/**
 * The differences that are allowed, with the reason. Everything else must be equal, error messages included.
 * - clusterId, ports, topic ids, producer ids, session ids: each cluster draws its own. That there is one is compared.
 * - logAppendTimeMs: the broker's clock. That there is one is compared.
 * - controllerId: KRaft names any broker (KIP-590).
 * - eligibleLeaderReplicas, lastKnownElr: null and empty say the same.
 * - configs: Kafka's internal ones, which it describes because the test sets them.
 * - errorMessage: the times in it.
 * - the order of DeleteTopics', ListOffsets' and Produce's answers, and of configs: that of a hash map.
 * - times of markers, in records too, and when a transaction began: the broker's clock. That there is one is compared.
 * - the random part of members' ids: the order of the members is compared.
 * - the partition of __consumer_offsets that a group has: their number is configured.
 * - the order of what UNORDERED answers: that of a hash map.
 * - logDir, totalBytes, usableBytes: each cluster has its own dirs, and the embedded one has no disk.
 * - finalizedFeaturesEpoch: Kafka's is an offset of the metadata log.
 * - throttleTimeMs: no quota is set; Kafka may still ask for a pause after a topic was made.
 */
const OWN: Readonly<Record<string, (value: unknown) => unknown>> = {
  clusterId: (value) => typeof value,
  port: (value) => Number(value) > 0,
  sessionId: (value) => Number(value) > 0,
  logAppendTimeMs: (value) => (Number(value) > 0 ? "now" : value),
  controllerId: () => "any",
  configs: (value) =>
    Array.isArray(value)
      ? (value as { readonly name: string }[])
          .filter(({ name }) => !name.includes("assignor.offload"))
          .sort((a, b) => (a.name < b.name ? -1 : 1))
      : value,
  batchIndexErrorMessage: (value) => (typeof value === "string" ? value.replaceAll(/-?\d{12,}/g, "<time>") : value),
  throttleTimeMs: () => "any",
  logDir: (value) => typeof value,
  totalBytes: () => "any",
  usableBytes: () => "any",
  finalizedFeaturesEpoch: (value) => Number(value) > 0,
  timestamp: (value) => (Number(value) > now ? "later" : value),
  lastTimestamp: (value) => (Number(value) >= now ? "now" : value),
  transactionStartTimeMs: (value) => (Number(value) >= now ? "now" : value),
};

/** Answers whose lists have the order of a hash map. */
const UNORDERED = [
  addPartitionsToTxnApi,
  metadataApi,
  describeProducersApi,
  describeTransactionsApi,
  listTransactionsApi,
  offsetFetchApi,
  writeTxnMarkersApi,
  joinGroupApi,
  describeGroupsApi,
  listGroupsApi,
  deleteGroupsApi,
  consumerGroupDescribeApi,
  consumerGroupHeartbeatApi,
  deleteRecordsApi,
  listConfigResourcesApi,
  electLeadersApi,
  describeLogDirsApi,
  alterReplicaLogDirsApi,
  alterClientQuotasApi,
  describeClientQuotasApi,
].map(({ key }) => key);

export class Side {
  readonly transcript: unknown[] = [];
  /** The request of each response, to explain a difference. */
  readonly asked: string[] = [];
  readonly #connector: Connector;
  readonly #address: string;
  readonly #names = new Map<unknown, string>();
  readonly #members = new MemberNames();
  readonly #clients: (RawClient | undefined)[] = [];
  /** The session id that was answered last. */
  sessionId = 0;

  constructor(connector: Connector, address: string) {
    this.#connector = connector;
    this.#address = address;
  }

  /**
   * Sends a request, and records the response, or that the broker closed the connection, in the order of the requests.
   * A request that waits for others uses its own `line`.
   */
  async ask<Req, Res>(api: Api<Req, Res>, message: Input<Req>, version: number, line = 0): Promise<Res | undefined> {
    const place = this.transcript.push("no answer yet") - 1;
    this.asked.push(JSON.stringify(message));
    const client = await this.#connected(line);
    const frame = await client.exchange(encodeRequest(api, message, version, client.nextId, "raw"));
    if (frame === undefined) {
      this.transcript[place] = { [`${api.name} ${version}`]: "the broker hung up" };
      return undefined;
    }
    // A broker that lacks the version answers ApiVersions in the shape of version 0.
    const shape = api.key === apiVersionsApi.key && version > api.request.max ? 0 : version;
    const { message: answer } = decodeResponse(api, frame, shape);
    const written = this.#normalised(answer, "");
    if (api.key === deleteTopicsApi.key) sort((written as { responses: unknown[] }).responses);
    if (UNORDERED.includes(api.key)) sortAll(written);
    if (api.key === listOffsetsApi.key)
      for (const { partitions } of (written as { topics: { partitions: unknown[] }[] }).topics) sort(partitions);
    if (api.key === produceApi.key) {
      const { responses } = written as { responses: { partitionResponses: unknown[] }[] };
      for (const { partitionResponses } of responses) sort(partitionResponses);
      sort(responses);
    }
    this.transcript[place] = { [`${api.name} ${version}`]: written };
    const { sessionId } = answer as { readonly sessionId?: number };
    if (sessionId !== undefined && sessionId > 0) this.sessionId = sessionId;
    return answer;
  }

  /** Sends what gets no answer. */
  async tell<Req, Res>(api: Api<Req, Res>, message: Input<Req>, version: number): Promise<void> {
    const client = await this.#connected();
    await client.send(encodeRequest(api, message, version, client.nextId, "raw"));
  }

  /**
   * Asks again and again, and writes nothing down: until a real broker that has just begun is ready, or until what was
   * sent on another line has arrived.
   */
  async until(
    isReady: (
      ask: <Req, Res>(api: Api<Req, Res>, message: Input<Req>, version: number) => Promise<Res>,
    ) => Promise<boolean>,
    line = 0,
  ): Promise<void> {
    const client = await this.#connected(line);
    while (!(await isReady((api, message, version) => client.request(api, message, version))))
      await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /**
   * Sends bytes as they are, over a connection of their own; writes down the answer, decoded where it is said how, or
   * that there was none.
   */
  async send<Req, Res>(
    what: string,
    bytes: Uint8Array,
    as?: { readonly api: Api<Req, Res>; readonly version: number },
  ): Promise<void> {
    const client = await RawClient.connect(this.#connector, this.#address);
    this.asked.push(what);
    const answer = await client.exchange([bytes]);
    this.transcript.push({
      [what]:
        answer === undefined
          ? "the broker hung up"
          : as === undefined
            ? "an answer"
            : this.#normalised(decodeResponse(as.api, answer, as.version).message, ""),
    });
    client.close();
  }

  /**
   * The id of a topic; from now on its name is written instead. Waits until the topic's partitions, at least the given
   * number, have leaders that know it, and until it is not the earlier topic of that name.
   */
  async topicId(name: string, atLeast: { readonly partitions?: number; readonly not?: string } = {}): Promise<string> {
    const client = await this.#connected();
    for (;;) {
      const { topics } = await client.request(metadataApi, { topics: [{ name }], allowAutoTopicCreation: false }, 12);
      const [topic] = topics;
      assert.ok(topic);
      const partitions = topic.partitions.map((p) => ({ partitionIndex: p.partitionIndex, timestamp: -1 }));
      const { topics: led } = await client.request(
        listOffsetsApi,
        { replicaId: -1, topics: [{ name, partitions }] },
        7,
      );
      // The broker may not have heard of a topic yet that the controller made: then it names no id of it.
      const isOld = topic.topicId === atLeast.not || partitions.length < (atLeast.partitions ?? 1);
      if (topic.errorCode === 0 && !isOld && (led[0]?.partitions ?? []).every((p) => p.errorCode === 0)) {
        this.#names.set(topic.topicId, `<${name}>`);
        return topic.topicId;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  close(): void {
    for (const client of this.#clients) client?.close();
  }

  async #connected(line = 0): Promise<RawClient> {
    let client = this.#clients[line];
    if (client === undefined || client.isClosed)
      this.#clients[line] = client = await RawClient.connect(this.#connector, this.#address);
    return client;
  }

  #normalised(value: unknown, field: string): unknown {
    const own = OWN[field];
    if (own !== undefined) return own(value);
    if (field === "producerId" && Number(value) >= 0) return "a producer id";
    if ((field === "memberId" || field === "leader" || field === "errorMessage") && typeof value === "string")
      return this.#members.in(value).replace(/the cluster id "[^"]+"/, 'the cluster id "<its own>"');
    if (field === "topicId" && this.#names.has(value)) return this.#names.get(value);
    if (field === "topicId" && value !== "AAAAAAAAAAAAAAAAAAAAAA") return "a topic id";
    if (field === "records" && value instanceof Uint8Array) return shownRecords(value);
    if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
    if (Array.isArray(value)) return value.map((one) => this.#normalised(one, field));
    if (value === null || typeof value !== "object" || value instanceof Map) return value;
    if ("topic" in value && value.topic === "__consumer_offsets") return { topic: value.topic };
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.#normalised(inner, name)]));
  }
}

/**
 * Bytes as they are, but for batches of producers, whose ids and CRCs are their cluster's own, and of markers, which
 * have a time.
 */
function shownRecords(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shown: unknown[] = [];
  for (let start = 0; start < bytes.length;) {
    const size =
      bytes.length - start < at.HEADER_BYTES ? Infinity : view.getInt32(start + at.BATCH_LENGTH) + at.LOG_OVERHEAD;
    const hex = (from: number, to: number): string =>
      Buffer.from(bytes.subarray(start + from, start + Math.min(to, size))).toString("hex");
    if (size > bytes.length - start) {
      shown.push(`${bytes.length - start} bytes of ${hex(0, at.CRC)}`); // cut off
      break;
    }
    const batch = new DataView(bytes.buffer, bytes.byteOffset + start, at.HEADER_BYTES);
    if (at.readInt64(batch, at.PRODUCER_ID) < 0) shown.push(hex(0, Infinity));
    else {
      const isControl = (batch.getInt16(at.ATTRIBUTES) & at.CONTROL) !== 0;
      const times = isControl ? at.readInt64(batch, at.MAX_TIMESTAMP) >= now : hex(at.BASE_TIMESTAMP, at.PRODUCER_ID);
      shown.push([hex(0, at.CRC), hex(at.ATTRIBUTES, at.BASE_TIMESTAMP), times, hex(at.PRODUCER_EPOCH, Infinity)]);
    }
    start += size;
  }
  return shown.length === 1 ? shown[0] : shown;
}

function sortAll(value: unknown): void {
  if (value === null || typeof value !== "object") return;
  for (const inner of Object.values(value)) sortAll(inner);
  if (Array.isArray(value)) sort(value);
}

function sort(list: unknown[]): void {
  list.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
