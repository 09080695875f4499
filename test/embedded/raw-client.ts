// Raw requests to an embedded cluster: no client in between, so that what is tested is the cluster alone.
import assert from "node:assert/strict";
import "../client/late-code.ts";
import type { EmbeddedClusterHost } from "../../src/embedded/cluster-host.ts";
import { EmbeddedCluster, type EmbeddedClusterOptions } from "../../src/embedded/embedded-cluster.ts";
import { nodeDrain } from "../../src/platform/node/drain.ts";
import { decodeResponse, encodeRequest } from "../../src/protocol/headers.ts";
import { type ProduceResponsePartitionProduceResponse, produceApi } from "../../src/protocol/messages/produce.ts";
import type { Api, Input } from "../../src/protocol/schema.ts";
import { BatchBuilder } from "../../src/records/batch-builder.ts";
import type { Headers } from "../../src/records/record.ts";
import type { ByteStream, Connector } from "../../src/runtime/byte-stream.ts";
import type { LogEntry } from "../../src/runtime/platform.ts";
import { type SimulatedPlatform, simulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import { FrameDecoder } from "../../src/wire/frame-decoder.ts";
import { syncCrypto } from "./sync-crypto.ts";

/**
 * One connection to one broker. Requests may be pipelined; answers are matched in their order, and their ids checked.
 */
export class RawClient {
  readonly #waiting: { readonly id: number | undefined; readonly settle: (frame: Uint8Array | undefined) => void }[] =
    [];
  #stream: ByteStream | undefined;
  #nextId = 1;
  isClosed = false;

  static async connect(connector: Connector, address: string): Promise<RawClient> {
    const client = new RawClient();
    const [host = "", port = ""] = address.split(":");
    const decoder = new FrameDecoder({ maxFrameBytes: 1 << 28, onFrame: (frame) => client.#take(frame) });
    const sink = {
      buffer: () => decoder.buffer(),
      filled: (view: Uint8Array) => (decoder.filled(view), true),
      closed: () => client.#ended(),
    };
    client.#stream = await connector.connect({ host, port: Number(port) }, sink, {});
    return client;
  }

  /** The correlation id that the next {@link exchange} expects. */
  get nextId(): number {
    return this.#nextId;
  }

  /** The answer; rejects when the broker hangs up instead. */
  async request<Req, Res>(api: Api<Req, Res>, message: Input<Req>, version: number = api.request.max): Promise<Res> {
    const frame = await this.exchange(encodeRequest(api, message, version, this.#nextId, "raw"));
    assert.ok(frame, `the broker hung up on ${api.name} ${version}`);
    return decodeResponse(api, frame, version).message;
  }

  /** Sends a frame as it is; answers the response's, or undefined when the broker hung up. */
  async exchange(chunks: readonly Uint8Array[]): Promise<Uint8Array | undefined> {
    const id = this.#nextId++;
    const answer = new Promise<Uint8Array | undefined>((settle) => this.#waiting.push({ id, settle }));
    await this.send(chunks);
    return answer;
  }

  /** Sends a token without a request around it, as after SaslHandshake 0; undefined when the broker hung up. */
  async exchangeToken(token: Uint8Array): Promise<Uint8Array | undefined> {
    const answer = new Promise<Uint8Array | undefined>((settle) => this.#waiting.push({ id: undefined, settle }));
    const size = new Uint8Array(4);
    new DataView(size.buffer).setInt32(0, token.length);
    await this.send([size, token]);
    return answer;
  }

  async send(chunks: readonly Uint8Array[]): Promise<void> {
    await this.#stream?.write(chunks).catch(() => this.#ended());
  }

  close(): void {
    this.#stream?.close();
    this.#ended();
  }

  #take(frame: Uint8Array): void {
    const next = this.#waiting.shift();
    assert.ok(next, "an answer that nobody asked for");
    if (next.id !== undefined)
      assert.equal(
        new DataView(frame.buffer, frame.byteOffset).getInt32(0),
        next.id,
        "answers come in the order of the requests",
      );
    next.settle(frame);
  }

  #ended(): void {
    this.isClosed = true;
    for (const { settle } of this.#waiting.splice(0)) settle(undefined);
  }
}

export interface RawWorld {
  readonly platform: SimulatedPlatform;
  readonly cluster: EmbeddedCluster;
  readonly logged: readonly LogEntry[];
  /** A new connection to a broker. */
  connect(nodeId?: number): Promise<RawClient>;
}

/** Runs a test against an embedded cluster in virtual time; afterwards no task and no delay may live. */
export async function withCluster(
  options: EmbeddedClusterOptions & Pick<EmbeddedClusterHost, "onAuthentication"> & { readonly seed?: number },
  body: (world: RawWorld) => Promise<void>,
): Promise<void> {
  const { seed = 1, onAuthentication, ...clusterOptions } = options;
  const platform = simulatedPlatform({ seed, drain: nodeDrain });
  const logged: LogEntry[] = [];
  await platform.run(async () => {
    const { runtime, connector } = platform;
    const cluster = await EmbeddedCluster.start(clusterOptions, {
      ...platform,
      crypto: syncCrypto,
      ...(onAuthentication === undefined ? {} : { onAuthentication }),
      log: (entry) => void logged.push(entry),
    });
    const address = (nodeId: number): string => cluster.bootstrapServers.split(",")[nodeId] ?? "";
    await body({ platform, cluster, logged, connect: (nodeId = 0) => RawClient.connect(connector, address(nodeId)) });
    await cluster.close();
    assert.deepEqual(
      { tasks: runtime.tasks, delays: runtime.delays },
      { tasks: 0, delays: 0 },
      "the closed cluster left something behind",
    );
  });
}

export interface BatchSpec {
  readonly values?: readonly (string | null)[];
  readonly key?: string | null;
  readonly headers?: Headers;
  readonly timestamp?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
}

/** A date within the hour that brokers accept of the simulated clock, which begins with 2026. */
export const NOW = 1_767_225_600_000;

/** A sealed batch on memory of its own. */
export function batchOf(spec: BatchSpec = {}): Uint8Array {
  const builder = new BatchBuilder();
  for (const value of spec.values ?? ["v"])
    builder.tryAppend(spec.key ?? null, value, spec.headers, spec.timestamp ?? NOW, 1 << 26);
  return builder
    .seal({
      producerId: spec.producerId ?? -1,
      producerEpoch: spec.producerEpoch ?? -1,
      baseSequence: spec.baseSequence ?? -1,
      ...(spec.isTransactional === undefined ? {} : { isTransactional: spec.isTransactional }),
    })
    .slice();
}

/** Produces one batch to partition 0 of `t`, by name, and returns the broker's response. */
export async function produceTo(
  client: RawClient,
  records: Uint8Array | null,
  options: {
    readonly topic?: string;
    readonly partition?: number;
    readonly version?: number;
    readonly acks?: number;
  } = {},
): Promise<ProduceResponsePartitionProduceResponse> {
  const { topic = "t", partition = 0, version = 12, acks = -1 } = options;
  const response = await client.request(
    produceApi,
    { acks, timeoutMs: 1000, topicData: [{ name: topic, partitionData: [{ index: partition, records }] }] },
    version,
  );
  const answer = response.responses[0]?.partitionResponses[0];
  assert.ok(answer);
  return answer;
}
