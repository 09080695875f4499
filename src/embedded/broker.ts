import { KafkaError } from "../errors/kafka-error.ts";
import { decodeMessage } from "../protocol/decode.ts";
import { type RequestFrame, decodeRequest, encodeResponse } from "../protocol/headers.ts";
import type { ByteSink, ByteStream } from "../runtime/byte-stream.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import type { LogEntry } from "../runtime/platform.ts";
import { sleep } from "../runtime/sleep.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import { FrameDecoder } from "../wire/frame-decoder.ts";
import { codes } from "./codes.ts";
import type { AnyHandler, ClusterState } from "./handler.ts";
import type { Intercept } from "./intercept.ts";
import { FetchSessions } from "./state/fetch-sessions.ts";

const MAX_FRAME_BYTES = 104_857_600;
const API_VERSIONS_KEY = 18;
/** Requests of one connection that wait for their turn before no more are read: a client that does not await is held back, as by a real broker. */
const MAX_WAITING = 16;

/** What a broker needs of its cluster. */
export interface BrokerHost {
  readonly state: ClusterState;
  readonly handlers: ReadonlyMap<number, AnyHandler>;
  readonly tasks: TaskGroup;
  readonly intercepts: Iterable<Intercept>;
  readonly log: (entry: LogEntry) => void;
}

/** One broker: serves connections, each request of a connection after the one before it, as a real broker does. */
export class Broker {
  readonly nodeId: number;
  readonly #host: BrokerHost;
  readonly #connections = new Set<BrokerConnection>();
  readonly #sessions = new FetchSessions();
  #isUp = false;

  constructor(nodeId: number, host: BrokerHost) {
    this.nodeId = nodeId;
    this.#host = host;
  }

  /** Takes a new connection. */
  accept(stream: ByteStream): ByteSink {
    const connection = new BrokerConnection(this.nodeId, this.#host, this.#sessions, stream, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    const sink = connection.sink();
    // One that was on its way while the broker stopped.
    if (!this.#isUp) connection.close();
    return sink;
  }

  /** How many clients are connected. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Serves connections from now on. */
  start(): void {
    this.#isUp = true;
  }

  /** Cuts every connection, and forgets what it knew of their fetch sessions. */
  stop(): void {
    this.#isUp = false;
    this.#sessions.clear();
    for (const connection of [...this.#connections]) connection.close();
  }
}

class BrokerConnection {
  readonly #nodeId: number;
  readonly #host: BrokerHost;
  readonly #sessions: FetchSessions;
  readonly #stream: ByteStream;
  readonly #closed: () => void;
  readonly #gone: Cancellation = new Cancellation();
  readonly #frames: Uint8Array[] = [];
  #isServing = false;
  #isPaused = false;

  constructor(nodeId: number, host: BrokerHost, sessions: FetchSessions, stream: ByteStream, closed: () => void) {
    this.#nodeId = nodeId;
    this.#host = host;
    this.#sessions = sessions;
    this.#stream = stream;
    this.#closed = closed;
  }

  sink(): ByteSink {
    const decoder = new FrameDecoder({ maxFrameBytes: MAX_FRAME_BYTES, onFrame: (frame) => this.#take(frame) });
    return {
      buffer: () => decoder.buffer(),
      filled: (view) => {
        try {
          decoder.filled(view);
        } catch (error) {
          this.#hangUp(error); // no Kafka client
        }
        this.#isPaused = this.#frames.length >= MAX_WAITING;
        return !this.#gone.aborted && !this.#isPaused;
      },
      closed: () => this.close(),
    };
  }

  close(): void {
    if (this.#gone.aborted) return;
    this.#gone.cancel(new KafkaError("closed", "the connection is gone"));
    this.#frames.length = 0;
    this.#stream.close();
    this.#closed();
  }

  /** A broker does not answer what it cannot read: it hangs up, and its log says why. */
  #hangUp(error: unknown): void {
    if (this.#gone.aborted) return;
    const failure = KafkaError.from(error);
    this.#host.log({ level: failure.kind === "internal" ? "error" : "info", message: "an embedded broker hung up", fields: { nodeId: this.#nodeId, remote: this.#stream.remote, reason: failure.message } });
    this.close();
  }

  #take(frame: Uint8Array): void {
    this.#frames.push(frame);
    if (this.#isServing) return;
    this.#isServing = true;
    this.#host.tasks.spawn(() => this.#serve());
  }

  /** One request after the other: the next is not looked at before this one's response is out. */
  async #serve(): Promise<void> {
    try {
      for (let frame = this.#frames.shift(); frame !== undefined && !this.#gone.aborted; frame = this.#frames.shift()) {
        if (this.#isPaused && this.#frames.length === 0) {
          this.#isPaused = false;
          this.#stream.resume();
        }
        const chunks = await this.#respond(frame);
        if (chunks !== undefined && !this.#gone.aborted) await this.#stream.write(chunks);
      }
    } catch (error) {
      this.#hangUp(error); // malformed, or the client is gone
    } finally {
      this.#isServing = false;
    }
  }

  async #respond(bytes: Uint8Array): Promise<readonly Uint8Array[] | undefined> {
    const frame = decodeRequest(bytes, (key, version) => this.#host.handlers.get(key)?.api.request.isFlexible(version) ?? false);
    const found = this.#host.handlers.get(frame.apiKey);
    if (found === undefined) throw new KafkaError("unsupported", `API key ${frame.apiKey} is not served`);
    const { api } = found;
    if (frame.apiVersion < found.min || frame.apiVersion > found.max) return this.#unsupported(frame, found);
    const message = decodeMessage(api.request, frame.reader, frame.apiVersion);
    const intercepted = await this.#intercept(frame, found, message);
    if (intercepted === "disconnect" || intercepted === "hang") {
      if (intercepted === "disconnect") this.close();
      else await this.#untilGone();
      return undefined;
    }
    const context = { nodeId: this.#nodeId, apiVersion: frame.apiVersion, clientId: frame.clientId, cluster: this.#host.state, sessions: this.#sessions, signal: this.#gone };
    const response = typeof intercepted === "object" && "answer" in intercepted ? intercepted.answer : await found.handle(message, context);
    if (intercepted === "disconnect-after" || response === "disconnect") {
      this.close();
      return undefined;
    }
    return response === undefined ? undefined : encodeResponse(api, response, frame.apiVersion, frame.correlationId);
  }

  /** Never answers: the connection is busy with this request until it ends. */
  #untilGone(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#gone.aborted) resolve();
      else this.#gone.addEventListener("abort", () => resolve());
    });
  }

  /** A version that is not served: ApiVersions answers in version 0 with its own range (KIP-511); for others a broker hangs up. */
  #unsupported(frame: RequestFrame, { api, min, max }: AnyHandler): readonly Uint8Array[] {
    if (api.key !== API_VERSIONS_KEY) throw new KafkaError("unsupported", `${api.name} version ${frame.apiVersion} is not served`);
    return encodeResponse(api, { errorCode: codes.UNSUPPORTED_VERSION, apiKeys: [{ apiKey: api.key, minVersion: min, maxVersion: max }] }, 0, frame.correlationId);
  }

  async #intercept(frame: RequestFrame, { api }: AnyHandler, message: unknown): Promise<Awaited<ReturnType<Intercept>>> {
    const request = { nodeId: this.#nodeId, apiKey: api.key, apiName: api.name, apiVersion: frame.apiVersion, clientId: frame.clientId, message, signal: this.#gone };
    for (const intercept of this.#host.intercepts) {
      const result = await intercept(request);
      if (typeof result === "object" && "delayMs" in result) await sleep(this.#host.state, result.delayMs, this.#gone);
      else if (result !== undefined) return result;
    }
    return undefined;
  }
}
