// Brokers in virtual time that answer some APIs as a test says, and a client of them. Every request is recorded.
import "./late-code.ts";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { Kafka, type KafkaBaseOptions } from "../../src/kafka.ts";
import { nodeDrain } from "../../src/platform/node/drain.ts";
import { decodeMessage } from "../../src/protocol/decode.ts";
import { decodeRequest, encodeResponse } from "../../src/protocol/headers.ts";
import { apiVersionsApi } from "../../src/protocol/messages/api-versions.ts";
import { type MetadataRequest, metadataApi } from "../../src/protocol/messages/metadata.ts";
import type { Api, Input } from "../../src/protocol/schema.ts";
import type { ByteSink, ByteStream, ListeningSocket } from "../../src/runtime/byte-stream.ts";
import type { Crypto } from "../../src/runtime/crypto.ts";
import { type SimulatedPlatform, simulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import type { SimulatedRuntime } from "../../src/simulation/simulated-runtime.ts";
import { FrameDecoder } from "../../src/wire/frame-decoder.ts";

/** A response, or what happens instead of one. "usual": the answer of ApiVersions or Metadata without a script. */
export type Scripted<Res> = Input<Res> | "hang" | "disconnect" | "usual";

/** A request as a broker got it. */
export interface SeenRequest {
  readonly api: string;
  readonly nodeId: number;
  readonly version: number;
  readonly message: unknown;
  readonly atMs: number;
}

interface Script {
  readonly api: Api<unknown, unknown>;
  readonly maxVersion: number;
  readonly answer: (message: never, nodeId: number, time: number) => Scripted<unknown>;
}

/** Cryptography that stays in the microtask queue, so that virtual time waits for it. */
export const SYNC_CRYPTO: Crypto = {
  digest: async (hash, data) => new Uint8Array(createHash(nameOf(hash)).update(data).digest()),
  hmac: async (hash, key, data) => new Uint8Array(createHmac(nameOf(hash), key).update(data).digest()),
  pbkdf2: async (hash, password, salt, iterations) =>
    new Uint8Array(pbkdf2Sync(password, salt, iterations, hash === "SHA-256" ? 32 : 64, nameOf(hash))),
};

function nameOf(hash: string): string {
  return hash.replace("-", "").toLowerCase();
}

const PORT = 9092;

export class ScriptedBrokers {
  readonly platform: SimulatedPlatform;
  readonly kafka: Kafka<SimulatedRuntime>;
  readonly #count: number;
  readonly #requests: SeenRequest[] = [];
  readonly #scripts = new Map<number, Script>();
  readonly #times = new Map<number, number>();
  readonly #sockets = new Map<number, ListeningSocket>();
  /** The node id of the controller in the metadata. */
  controllerId = 1;
  /** The node id of the leader of partition 0 of each topic, the only one that it has. */
  readonly leaders = new Map<string, number>();

  private constructor(count: number, platform: SimulatedPlatform, options: KafkaBaseOptions) {
    this.#count = count;
    this.platform = platform;
    this.kafka = new Kafka<SimulatedRuntime>(
      { bootstrapServers: `broker1:${PORT}`, ...options, runtime: platform.runtime },
      { ...platform, crypto: SYNC_CRYPTO },
    );
  }

  /** Runs a test in virtual time, with `count` brokers. Afterwards no task and no delay may be left. */
  static async run(
    body: (brokers: ScriptedBrokers) => Promise<void>,
    { count = 1, options = {} }: { readonly count?: number; readonly options?: KafkaBaseOptions } = {},
  ): Promise<void> {
    const platform = simulatedPlatform({ seed: 1, drain: nodeDrain });
    await platform.run(async () => {
      const brokers = new ScriptedBrokers(count, platform, options);
      for (let nodeId = 1; nodeId <= count; nodeId++) await brokers.#listen(nodeId);
      await body(brokers);
      await brokers.kafka.close();
      for (const socket of brokers.#sockets.values()) await socket.close();
      const { tasks, delays } = platform.runtime;
      if (tasks !== 0 || delays !== 0) throw new Error(`after close ${tasks} tasks and ${delays} delays live`);
    });
  }

  /** Answers an API. `time` counts its requests, from 1. A script with a lower `maxVersion` is an older broker's. */
  script<Req, Res>(
    api: Api<Req, Res>,
    answer: (message: Req, nodeId: number, time: number) => Scripted<Res>,
    maxVersion: number = api.request.max,
  ): void {
    this.#scripts.set(api.key, { api: api, maxVersion, answer });
  }

  /** A broker refuses connections from now on; the metadata names it still. */
  async stop(nodeId: number): Promise<void> {
    await this.#sockets.get(nodeId)?.close();
  }

  /** The requests of an API. */
  seen(api: { readonly name: string }): readonly SeenRequest[] {
    return this.#requests.filter((request) => request.api === api.name);
  }

  async #listen(nodeId: number): Promise<void> {
    const accept = (stream: ByteStream): ByteSink => {
      const decoder = new FrameDecoder({
        maxFrameBytes: 1 << 20,
        onFrame: (frame) => this.#take(nodeId, stream, frame.slice()),
      });
      return {
        buffer: () => decoder.buffer(),
        filled: (view) => {
          decoder.filled(view);
          return true;
        },
        closed: () => stream.close(),
      };
    };
    this.#sockets.set(nodeId, await this.platform.listener.listen({ host: `broker${nodeId}`, port: PORT }, accept));
  }

  #take(nodeId: number, stream: ByteStream, bytes: Uint8Array): void {
    const apiOf = (key: number): Api<unknown, unknown> =>
      (key === apiVersionsApi.key
        ? apiVersionsApi
        : key === metadataApi.key
          ? metadataApi
          : this.#scripts.get(key)?.api) as Api<unknown, unknown>;
    const { apiKey, apiVersion, correlationId, reader } = decodeRequest(bytes, (key, version) =>
      apiOf(key).request.isFlexible(version),
    );
    const api = apiOf(apiKey);
    const message = decodeMessage(api.request, reader, apiVersion);
    const atMs = this.platform.clock.monotonic();
    this.#requests.push({ api: api.name, nodeId, version: apiVersion, message, atMs });
    const answer = this.#answer(apiKey, message, nodeId);
    if (answer === "hang") return;
    if (answer === "disconnect") stream.close();
    else void stream.write(encodeResponse(api, answer as object, apiVersion, correlationId)).catch(() => undefined);
  }

  #answer(apiKey: number, message: unknown, nodeId: number): Scripted<unknown> {
    const time = (this.#times.get(apiKey) ?? 0) + 1;
    this.#times.set(apiKey, time);
    const scripted = this.#scripts.get(apiKey)?.answer(message as never, nodeId, time) ?? "usual";
    if (scripted !== "usual") return scripted;
    if (apiKey === apiVersionsApi.key) return { apiKeys: this.#ranges() };
    return apiKey === metadataApi.key ? this.#metadata(message as MetadataRequest) : "disconnect";
  }

  #ranges(): readonly { readonly apiKey: number; readonly minVersion: number; readonly maxVersion: number }[] {
    const range = ({ request: { apiKey, min, max } }: Api<never, never>, maxVersion = max): never =>
      ({ apiKey, minVersion: min, maxVersion }) as never;
    return [
      range(apiVersionsApi as never),
      range(metadataApi as never),
      ...[...this.#scripts.values()]
        .filter(({ api }) => api.key !== apiVersionsApi.key && api.key !== metadataApi.key)
        .map(({ api, maxVersion }) => range(api as never, maxVersion)),
    ];
  }

  #metadata({ topics }: MetadataRequest): object {
    return {
      brokers: Array.from({ length: this.#count }, (_, i) => ({ nodeId: i + 1, host: `broker${i + 1}`, port: PORT })),
      clusterId: "scripted",
      controllerId: this.controllerId,
      topics: (topics ?? []).map(({ name }) => this.#topic(name ?? "")),
    };
  }

  #topic(name: string): object {
    const leaderId = this.leaders.get(name);
    if (leaderId === undefined) return { name, errorCode: 3, partitions: [] };
    return { name, partitions: [{ partitionIndex: 0, leaderId, replicaNodes: [leaderId], isrNodes: [leaderId] }] };
  }
}
