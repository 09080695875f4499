import { FrameDecoder } from "../../src/wire/frame-decoder.ts";
import { decodeMessage } from "../../src/protocol/decode.ts";
import { decodeRequest, encodeResponse } from "../../src/protocol/headers.ts";
import { type ApiVersionsResponse, apiVersionsApi } from "../../src/protocol/messages/api-versions.ts";
import { type MetadataResponse, metadataApi } from "../../src/protocol/messages/metadata.ts";
import type { Input } from "../../src/protocol/schema.ts";
import type { Connection } from "../../src/network/connection.ts";
import { openConnection } from "../../src/network/open-connection.ts";
import type { ConnectionOptions } from "../../src/network/connection-options.ts";
import type { ByteStream } from "../../src/runtime/byte-stream.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { DeadlineWheel } from "../../src/runtime/deadline-wheel.ts";
import { TaskGroup } from "../../src/runtime/task-group.ts";
import type { SimulatedPlatform } from "../../src/simulation/simulated-platform.ts";

export interface FakeRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly atMs: number;
  /** Sends a Metadata response. */
  reply(message: Input<MetadataResponse>, correlationId?: number): void;
  /** Sends bytes as they are. */
  raw(bytes: Uint8Array): void;
  /** Closes the connection once what was written before has left. */
  hangUp(): void;
}

const RANGES = [
  { apiKey: 3, minVersion: 1, maxVersion: 13 },
  { apiKey: 18, minVersion: 0, maxVersion: 4 },
];

/** A broker that answers ApiVersions by itself, and leaves the rest to the test. */
export class FakeBroker {
  readonly requests: FakeRequest[] = [];
  /** The ApiVersions versions that were asked for. */
  readonly handshakes: number[] = [];
  onRequest: (request: FakeRequest) => void = () => undefined;
  /** Closes the connection instead of answering a later version of ApiVersions. */
  hangsUpAbove = Number.POSITIVE_INFINITY;
  hangsUpAfterMs = 0;
  handshake: (version: number) => { readonly body: Input<ApiVersionsResponse>; readonly version: number } | undefined =
    (version) => ({ body: { apiKeys: RANGES }, version });
  readonly #platform: SimulatedPlatform;
  readonly tasks: TaskGroup;
  readonly deadlines: DeadlineWheel;
  #stop: (() => Promise<void>) | undefined;
  #streams: ByteStream[] = [];

  constructor(platform: SimulatedPlatform) {
    this.#platform = platform;
    this.tasks = new TaskGroup(platform.runtime);
    this.deadlines = new DeadlineWheel(platform);
  }

  /** Listens, and returns a function that opens a client connection. */
  async start(more: Partial<ConnectionOptions> = {}): Promise<() => Promise<Connection>> {
    const platform = this.#platform;
    const socket = await platform.listener.listen({ host: "broker", port: 9092 }, (stream) => this.#accept(stream));
    this.#stop = () => socket.close();
    return () =>
      openConnection({
        host: "broker",
        port: 9092,
        connector: platform.connector,
        runtime: platform.runtime,
        clock: platform.clock,
        deadlines: this.deadlines,
        tasks: this.tasks,
        clientId: "test",
        requestTimeoutMs: 1000,
        setupTimeoutMs: 500,
        maxIdleMs: 60_000,
        maxFrameBytes: 1 << 20,
        ...more,
      });
  }

  async stop(): Promise<void> {
    for (const stream of this.#streams) stream.close();
    await this.#stop?.();
    await this.tasks.close();
    this.deadlines.close();
  }

  #accept(stream: ByteStream): { buffer(): Uint8Array; filled(view: Uint8Array): boolean; closed(): void } {
    this.#streams.push(stream);
    const decoder = new FrameDecoder({ maxFrameBytes: 1 << 20, onFrame: (frame) => this.#take(stream, frame) });
    return {
      buffer: () => decoder.buffer(),
      filled: (view) => {
        decoder.filled(view);
        return true;
      },
      closed: () => undefined,
    };
  }

  #take(stream: ByteStream, bytes: Uint8Array): void {
    const send = (chunks: readonly Uint8Array[]): void => void stream.write(chunks).catch(() => undefined);
    const frame = decodeRequest(bytes, (key, version) => (key === 18 ? version >= 3 : version >= 9));
    const { apiKey, apiVersion, correlationId } = frame;
    if (apiKey === apiVersionsApi.key) {
      this.handshakes.push(apiVersion);
      if (apiVersion > this.hangsUpAbove) {
        this.tasks.spawn(async (signal) => {
          await sleep(this.#platform, this.hangsUpAfterMs, signal).catch(() => undefined);
          stream.close();
        });
        return;
      }
      const answer = this.handshake(apiVersion);
      if (answer !== undefined) send(encodeResponse(apiVersionsApi, answer.body, answer.version, correlationId));
      return;
    }
    decodeMessage(metadataApi.request, frame.reader, apiVersion);
    const request: FakeRequest = {
      apiKey,
      apiVersion,
      correlationId,
      atMs: this.#platform.clock.monotonic(),
      reply: (message, id = correlationId) => send(encodeResponse(metadataApi, message, apiVersion, id)),
      raw: (raw) => send([raw]),
      hangUp: () => this.tasks.spawn(() => Promise.resolve(stream.close())),
    };
    this.requests.push(request);
    this.onRequest(request);
  }
}
