import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { decodeMessage } from "../protocol/decode.ts";
import { type RequestFrame, decodeRequest, encodeResponse } from "../protocol/headers.ts";
import type { ByteSink, ByteStream } from "../runtime/byte-stream.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import { sleep } from "../runtime/sleep.ts";
import { BrokerFrames } from "./broker-frames.ts";
import { ClientThrottle } from "./client-throttle.ts";
import type { AnyHandler } from "./handler.ts";
import { illegalStateAnswer } from "./illegal-state-answer.ts";
import { javaAddress } from "./security/client-address.ts";
import { ConnectionSecurity } from "./security/connection-security.ts";
import { type BrokerHost, type Entrance, serveRequest } from "./serve-request.ts";
import { FetchSessions } from "./state/fetch-sessions.ts";
import { BrokerQuotas } from "./state/quotas/broker-quotas.ts";

const MAX_FRAME_BYTES = 104_857_600;
/** The longest frame of a client that has not authenticated. Java: `sasl.server.max.receive.size`. */
const MAX_TOKEN_BYTES = 524_288;
const API_VERSIONS_KEY = 18;
/**
 * When this many requests of a connection wait, the broker stops reading from it. A client that never waits for
 * responses is slowed down, as by a real broker.
 */
const MAX_WAITING = 16;

/** One broker. It serves the requests of a connection one after the other, as a real broker does. */
export class Broker {
  readonly nodeId: number;
  readonly #host: BrokerHost;
  readonly #connections = new Set<BrokerConnection>();
  readonly #sessions = new FetchSessions();
  #quotas = new BrokerQuotas();
  /** Fires when the broker is stopped; replaced when it starts again. */
  #stopped = new Cancellation();
  #isUp = false;

  constructor(nodeId: number, host: BrokerHost) {
    this.nodeId = nodeId;
    this.#host = host;
  }

  /** Accepts a new connection. */
  accept(stream: ByteStream): ByteSink {
    const clientAddress = javaAddress(stream.remote);
    const client = this.#clientOf(stream, clientAddress);
    const { clock, quotas, mutations } = this.#host.state;
    const connection = new BrokerConnection(
      {
        nodeId: this.nodeId,
        clientHost: `/${clientAddress}`,
        sessions: this.#sessions,
        client,
        throttle: new ClientThrottle({ clock, quotas, mutations, used: this.#quotas, client }),
        gone: new Cancellation(),
        stopped: this.#stopped,
      },
      this.#host,
      stream,
      () => this.#connections.delete(connection),
    );
    this.#connections.add(connection);
    const refusedForMs = this.#connectionThrottleMs(clientAddress);
    if (refusedForMs > 0) return connection.refuse(refusedForMs);
    const sink = connection.sink();
    // The connection was being opened while the broker stopped.
    if (!this.#isUp) connection.close();
    return sink;
  }

  /** After which time a new connection is closed, because its address has opened too many; 0 if it may stay. */
  #connectionThrottleMs(address: string): number {
    const { quotas, clock } = this.#host.state;
    if (!quotas.has("connection_creation_rate")) return 0;
    // Streams in memory have a name for each connection: the connections of one node, or of this process, share an
    // address here.
    const shared = address.replace(/#\d+$/, "").replace(/^memory-client-\d+$/, "127.0.0.1");
    const rate = quotas.connectionRate(shared);
    return rate === undefined ? 0 : this.#quotas.connected(shared, rate, clock.monotonic());
  }

  #clientOf({ remote, peerName }: ByteStream, clientAddress: string): ConnectionSecurity {
    const { state, observeAuthentication } = this.#host;
    const { nodeId } = this;
    return new ConnectionSecurity({
      security: state.security,
      clock: state.clock,
      clientAddress,
      certificateName: peerName,
      observe:
        observeAuthentication === undefined
          ? undefined
          : (event) => observeAuthentication({ ...event, nodeId, remote }),
    });
  }

  /** How many clients are connected. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Serves connections from now on. */
  start(): void {
    this.#isUp = true;
    if (this.#stopped.aborted) this.#stopped = new Cancellation();
  }

  /** Closes every connection, and forgets their fetch sessions. */
  stop(): void {
    this.#isUp = false;
    this.#stopped.cancel(new KafkaError("closed", `broker ${this.nodeId} was stopped`));
    this.#sessions.clear();
    this.#quotas = new BrokerQuotas();
    for (const connection of [...this.#connections]) connection.close();
  }
}

class BrokerConnection {
  readonly #entrance: Entrance;
  readonly #host: BrokerHost;
  readonly #stream: ByteStream;
  readonly #closed: () => void;
  readonly #gone: Cancellation;
  readonly #frames: Uint8Array[] = [];
  #isServing = false;
  #isPaused = false;

  constructor(entrance: Entrance, host: BrokerHost, stream: ByteStream, closed: () => void) {
    this.#entrance = entrance;
    this.#gone = entrance.gone;
    this.#host = host;
    this.#stream = stream;
    this.#closed = closed;
  }

  sink(): ByteSink {
    const decoder = new BrokerFrames({ maxFrameBytes: MAX_FRAME_BYTES, onFrame: (frame) => this.#take(frame) });
    return {
      buffer: () => decoder.buffer(),
      filled: (view) => {
        try {
          decoder.filled(view);
        } catch (error) {
          this.#hangUp(error); // not a Kafka client
        }
        this.#isPaused = this.#frames.length >= MAX_WAITING;
        return !this.#gone.aborted && !this.#isPaused;
      },
      closed: (error) => (error === undefined ? this.#clientEnded() : this.close()),
    };
  }

  /** Reads nothing, and closes the connection after a while: its client then does not connect again at once. */
  refuse(afterMs: number): ByteSink {
    this.#host.tasks.spawn(() =>
      sleep(this.#host.state, afterMs, this.#gone).then(
        () => this.close(),
        () => undefined,
      ),
    );
    return { ...this.sink(), filled: () => false };
  }

  close(): void {
    this.#frames.length = 0;
    this.#clientEnded();
  }

  /**
   * The client has hung up. The requests that it sent before are still served, without an answer, as by a real broker:
   * a producer that waits for no acknowledgement may write and close.
   */
  #clientEnded(): void {
    if (this.#gone.aborted) return;
    this.#gone.cancel(new KafkaError("closed", "the connection is gone"));
    this.#stream.close();
    this.#closed();
  }

  /** A broker does not answer a request that it cannot read: it closes the connection and logs the reason. */
  #hangUp(error: unknown): void {
    const failure = KafkaError.from(error);
    if (!this.#gone.aborted)
      this.#host.log({
        level: failure.kind === "internal" ? "error" : "info",
        message: "an embedded broker closed a connection",
        fields: { nodeId: this.#entrance.nodeId, remote: this.#stream.remote, reason: failure.message },
      });
    this.close();
  }

  #take(frame: Uint8Array): void {
    this.#frames.push(frame);
    if (this.#isServing) return;
    this.#isServing = true;
    this.#host.tasks.spawn(() => this.#serve());
  }

  /** Serves one request after the other: the next begins only when the response of this one has been written. */
  async #serve(): Promise<void> {
    for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
      if (this.#entrance.stopped.aborted) break; // the client hung up before, so that stop() did not see it
      try {
        await this.#serveOne(frame);
      } catch (error) {
        // The request is malformed, or was held back (as by an intercept) until its client was gone.
        this.#hangUp(error);
      }
    }
    this.#isServing = false;
  }

  async #serveOne(frame: Uint8Array): Promise<void> {
    if (this.#isPaused && this.#frames.length === 0 && !this.#gone.aborted) {
      this.#isPaused = false;
      this.#stream.resume();
    }
    const chunks = await this.#respond(frame);
    if (chunks !== undefined && !this.#gone.aborted) await this.#stream.write(chunks);
    const { mutedMs } = this.#entrance.throttle;
    if (mutedMs > 0 && !this.#gone.aborted) await sleep(this.#host.state, mutedMs, this.#gone);
    if (this.#entrance.client.isOver) this.#hangUp(new KafkaError("authentication", "the client is refused"));
  }

  async #respond(bytes: Uint8Array): Promise<readonly Uint8Array[] | undefined> {
    const { client } = this.#entrance;
    if (bytes.length > MAX_TOKEN_BYTES && !client.mayBeLarge)
      throw new KafkaError("protocol", `a frame of ${bytes.length} bytes before authentication`);
    if (client.expectsBareToken) return this.#bareToken(bytes);
    const frame = decodeRequest(
      bytes,
      (key, version) => this.#host.handlers.get(key)?.api.request.isFlexible(version) ?? false,
    );
    const found = this.#host.handlers.get(frame.apiKey);
    const decision = client.arrived(frame.apiKey);
    if (decision === "close")
      throw new KafkaError("authentication", `API key ${frame.apiKey} may not be sent in this state of authentication`);
    if (found === undefined) throw new KafkaError("unsupported", `API key ${frame.apiKey} is not served`);
    if (frame.apiVersion < found.min || frame.apiVersion > found.max) return this.#unsupported(frame, found);
    if (decision === "refuse") return this.#illegalState(frame, found);
    const served = await serveRequest(frame, bytes, found, this.#entrance, this.#host);
    if (served !== "disconnect") return served;
    this.close();
    return undefined;
  }

  /** Answers a token that came without a request around it: as plainly, or by closing the connection. */
  async #bareToken(bytes: Uint8Array): Promise<readonly Uint8Array[]> {
    const answer = await this.#entrance.client.bareToken(bytes);
    if (answer === undefined) throw new KafkaError("authentication", "the token of the client is refused");
    const size = new Uint8Array(4);
    new DataView(size.buffer).setInt32(0, answer.length);
    return [size, answer];
  }

  /** Refuses a request between handshake and token. The caller closes the connection afterwards. */
  async #illegalState(frame: RequestFrame, { api }: AnyHandler): Promise<readonly Uint8Array[] | undefined> {
    this.#host.log({
      level: "warn",
      message: "a client sent a request between SaslHandshake and the last token, where only SaslAuthenticate may be",
      fields: { nodeId: this.#entrance.nodeId, remote: this.#stream.remote, api: api.name },
    });
    const answer = illegalStateAnswer(api, decodeMessage(api.request, frame.reader, frame.apiVersion));
    await sleep(this.#host.state, this.#entrance.client.failureDelayMs, this.#gone);
    return answer === undefined ? undefined : encodeResponse(api, answer, frame.apiVersion, frame.correlationId);
  }

  /**
   * Handles a version that is not served. ApiVersions is answered in version 0, with the versions that are served
   * (KIP-511); for any other API the connection is closed.
   */
  #unsupported(frame: RequestFrame, { api, min, max }: AnyHandler): readonly Uint8Array[] {
    if (api.key !== API_VERSIONS_KEY)
      throw new KafkaError("unsupported", `${api.name} version ${frame.apiVersion} is not served`);
    return encodeResponse(
      api,
      { errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys: [{ apiKey: api.key, minVersion: min, maxVersion: max }] },
      0,
      frame.correlationId,
    );
  }
}
