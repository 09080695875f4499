import { KafkaError } from "../errors/kafka-error.ts";
import type { ByteSink, ByteStream } from "../runtime/byte-stream.ts";
import type { Cancellation } from "../runtime/cancellation.ts";
import { raced } from "../runtime/raced.ts";
import { type VersionRange, negotiate } from "../protocol/api-versions.ts";
import { decodeResponse, encodeRequest, responseInSteps } from "../protocol/headers.ts";
import { wantsRequests } from "../hooks/hook-sites.ts";
import type { Api, Input } from "../protocol/schema.ts";
import { FrameDecoder } from "../wire/frame-decoder.ts";
import { ConnectionLogin, type LoginHost } from "./connection-login.ts";
import type { ConnectionCounters, ConnectionOptions, RequestOptions } from "./connection-options.ts";
import type { ConnectionEvent } from "./connection-state.ts";
import { Deadline } from "./deadlines.ts";
import { type BrokerFeatures, handshake } from "./handshake.ts";
import { type HangUp, isAtFirstRequest, whyHungUp } from "./hang-up.ts";
import { InFlight, type InFlightParts, refused } from "./in-flight.ts";
import { malformedError } from "./malformed-error.ts";
import { RequestQueue } from "./request-queue.ts";
import { SlowAnswer } from "./slow-answer.ts";
import { closeStream, streamTo } from "./stream-to.ts";
import { decodeInTurns } from "./turn-decoding.ts";

/** The name of a token without a header, in errors. */
const BARE = { name: "a SASL token", key: -1 };
/** Decoding fewer bytes takes less than 2 ms. */
const LARGE_FRAME_BYTES = 32_768;

/**
 * One connection to a broker. Requests are sent in order, and responses arrive and settle in the same order. Anything
 * that makes this order doubtful closes the connection: a timeout, a wrong correlation id, or malformed bytes. Requests
 * that were sent then fail with outcome `indefinite`, and all others with `notWritten`.
 */
export class Connection {
  readonly address: string;
  readonly #options: ConnectionOptions;
  readonly #queue: RequestQueue;
  readonly #closedListeners = new Set<() => void>();
  readonly #idle: Deadline;
  readonly #slow: SlowAnswer;
  readonly #login: ConnectionLogin;
  #stream: ByteStream | undefined;
  #features: BrokerFeatures = { versions: new Map(), finalized: new Map(), finalizedEpoch: -1, handshakeVersion: -1 };
  /** The version of ApiVersions in this connection's handshake. */
  readonly #askedVersion: number;
  /** The versions that the user allows, by API key. */
  #allowed: ReadonlyMap<number, VersionRange> | undefined;
  /** The number of responses before the connection was open. */
  #setupResponses = 0;
  /** Whether the broker closed the connection before its first response. */
  wasHungUp = false;
  #correlationId = 0;
  /** Whether it was opened, so that its end is one of an open connection. */
  #isOpen = false;
  #closed: KafkaError | undefined;

  /** For {@link openConnection}. `askedVersion` is the version of ApiVersions to ask for. */
  constructor(options: ConnectionOptions, askedVersion: number) {
    this.#options = options;
    this.#askedVersion = askedVersion;
    this.address = `${options.host}:${options.port}`;
    this.#queue = new RequestQueue(this.address, options, {
      writeFailed: (error) => this.#hungUp(error, true),
      emptied: () => this.#emptied(),
      throttled: () => this.#login.throttled(() => this.#queue.takeUnsent()),
      queued: () => this.#tellQueue(),
    });
    this.#idle = new Deadline(() => this.close(new KafkaError("closed", "the connection was idle")));
    this.#slow = new SlowAnswer(this.address, options, this.#queue.entries);
    this.#login = new ConnectionLogin(this.#loginHost());
  }

  /** The version of ApiVersions that the broker understood; −1 before it has answered. */
  get handshakeVersion(): number {
    return this.#features.handshakeVersion;
  }

  /** The traffic of this connection, and of those that it replaced. */
  get counters(): ConnectionCounters {
    return this.#queue.counters;
  }

  /** The number of requests that wait for their response, or to be sent. */
  get inFlight(): number {
    return this.#queue.entries.length + this.#login.waiting.length;
  }

  /** The names of these requests, in order. */
  get unanswered(): readonly string[] {
    return [...this.#queue.entries, ...this.#login.waiting].map(({ apiName }) => apiName);
  }

  /** Whether it takes requests. One that is replaced by another does not, but still receives responses. */
  get isUsable(): boolean {
    // After the process was stopped, the delay that closes an idle connection may fire only after the next request.
    const { isWaiting, deadlineMs } = this.#idle;
    return this.#login.isUsable && !(isWaiting && this.#options.clock.monotonic() >= deadlineMs);
  }

  /** Whether {@link retire} is possible now: not while the session is renewed. */
  get mayRetire(): boolean {
    return this.#login.mayYield;
  }

  /** Takes no more requests, and closes after the last response. */
  retire(): void {
    this.#login.to({ name: "yielded" });
    this.#emptied();
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** The finalised feature levels of the cluster (KIP-584), by name. */
  get finalizedFeatures(): ReadonlyMap<string, number> {
    return this.#features.finalized;
  }

  /** Repeats the handshake: a cluster may be upgraded while the connection is open. */
  async refreshFeatures(): Promise<void> {
    const features = await handshake(
      (api, message, version, decode) => this.#submit(api, message, version, this.#options.requestTimeoutMs, decode),
      this.#features.handshakeVersion,
      undefined,
      this.#allowed,
    );
    if (features.finalizedEpoch >= this.#features.finalizedEpoch) this.#features = features;
  }

  /** The API versions that the broker supports, by API key. */
  get brokerVersions(): ReadonlyMap<number, VersionRange> {
    return this.#features.versions;
  }

  /**
   * The highest version of an API that both sides support, at most `cap`. Throws kind `unsupported` if there is none.
   */
  version<Req, Res>(api: Api<Req, Res>, cap?: number): number {
    return negotiate(api, this.#features.versions.get(api.key), cap);
  }

  /** Sends a request. Responses settle in the order of the requests. Errors carry the outcome of the request. */
  request<Req, Res>(api: Api<Req, Res>, message: Input<Req>, options: RequestOptions = {}): Promise<Res> {
    const version = options.version ?? this.version(api);
    const timeoutMs = options.timeoutMs ?? this.#options.requestTimeoutMs;
    if (options.noResponse === true)
      return this.#submit(api, message, version, timeoutMs, () => undefined as Res, "none");
    return this.#submit(api, message, version, timeoutMs, (frame): Res | Promise<Res> =>
      options.isInTurns === true && frame.length >= LARGE_FRAME_BYTES
        ? decodeInTurns(responseInSteps(api, frame, version), this.#options, {
            decoded: (response) => this.#queue.honourThrottle(response, api.name),
            failed: (error) => this.close(error),
          })
        : decodeResponse(api, frame, version).message,
    );
  }

  /** Calls `listener` once when the connection has closed for any reason; at once if it already has. */
  onClosed(listener: () => void): void {
    if (this.#closed !== undefined) listener();
    else this.#closedListeners.add(listener);
  }

  /** Closes at once. Requests in flight fail with `error`. Idempotent. */
  close(error: KafkaError = new KafkaError("closed", "the connection was closed by its client")): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    const { deadlines, observed } = this.#options;
    deadlines.remove(this.#idle);
    deadlines.remove(this.#slow);
    closeStream(this.#stream);
    this.#queue.fail(error);
    this.#login.closed(error);
    if (this.#isOpen) observed?.client.hooks?.connectionClosed?.(observed, error);
    for (const listener of this.#closedListeners) listener();
    this.#closedListeners.clear();
  }

  /** Connects, performs the handshake and authenticates. Called once. */
  async open(setup: Cancellation): Promise<void> {
    const { allowedVersions, connector, expected, host, login, port, setupTimeoutMs, tls } = this.#options;
    const abort = (): void => this.close(setup.reason ?? new KafkaError("cancelled", "cancelled"));
    const authenticator = login === undefined ? undefined : await raced(this.#options, login(), setup);
    if (allowedVersions !== undefined) this.#allowed = await raced(this.#options, allowedVersions(), setup);
    const target = { host, port, ...(tls === undefined ? {} : { tls }) };
    this.#stream = await streamTo(this.#options, connector, target, this.#sink(), setup);
    this.#queue.start(this.#stream);
    if (setup.aborted) abort(); // a moment after the stream had come
    this.#reached({ name: "connected" });
    setup.addEventListener("abort", abort);
    try {
      this.#features = await handshake(
        (api, message, version, decode) => this.#exchange(api, message, version, setupTimeoutMs, decode),
        this.#askedVersion,
        expected,
        this.#allowed,
      );
      this.#reached({ name: "negotiated", needsLogin: login !== undefined });
      await this.#login.first(authenticator, setup);
    } finally {
      setup.removeEventListener("abort", abort);
    }
    if (this.#closed !== undefined) throw this.#closed;
    this.#setupResponses = this.#queue.responses;
    this.#queue.heard();
    this.#isOpen = true;
    this.#becameIdle();
  }

  /** A step of opening the connection is done, unless it has closed meanwhile. */
  #reached(event: ConnectionEvent): void {
    if (this.#closed !== undefined) throw this.#closed;
    this.#login.to(event);
  }

  #sink(): ByteSink {
    const decoder = new FrameDecoder({
      maxFrameBytes: this.#options.maxFrameBytes,
      allocate: this.#options.allocate,
      mayBeEmpty: () => this.#queue.entries[0]?.answer === "bare",
      isOpening: () => this.#login.isOpening,
      onFrame: (frame) => this.#queue.receive(frame),
    });
    return {
      buffer: () => decoder.buffer(),
      filled: (view) => {
        this.#queue.counters.bytesIn += view.length;
        try {
          decoder.filled(view);
        } catch (error) {
          this.close(malformedError(error));
        }
        return this.#closed === undefined;
      },
      closed: (error) => this.#hungUp(error, decoder.isBetweenFrames),
    };
  }

  /** The broker has closed the connection, or the connection broke. */
  #hungUp(error: KafkaError | undefined, isBetweenFrames: boolean): void {
    const { login, onHungUp } = this.#options;
    const { entries, responses } = this.#queue;
    const isSudden = error === undefined || error.retriable;
    const at: HangUp = {
      state: this.#login.state.name,
      hasAnswered: responses > 0,
      hasWorked: responses > this.#setupResponses,
      isBetweenFrames,
      oldest: entries[0],
      hasLogin: login !== undefined,
    };
    if (responses === 0 && isSudden) this.wasHungUp = true;
    const known = this.#login.isUsable ? onHungUp?.(isSudden && isAtFirstRequest(at)) : undefined;
    const why = `the broker closed the connection${whyHungUp(at)}`;
    this.close(known ?? error ?? new KafkaError("connection", why, { retriable: true, address: this.address }));
  }

  /** The parts that the login uses. */
  #loginHost(): LoginHost {
    return {
      address: this.address,
      options: this.#options,
      brokerVersions: () => this.#features.versions,
      exchange: (api, message, version, timeoutMs) =>
        this.#exchange(api, message, version, timeoutMs, (frame) => decodeResponse(api, frame, version).message),
      exchangeToken: (token, timeoutMs) => this.#exchangeToken(token, timeoutMs),
      send: (entry) => this.#send(entry),
      lastDeadlineMs: () => this.#queue.lastDeadlineMs(),
      leavesMs: () => this.#queue.leavesMs(),
      close: (error) => this.close(error),
      drained: () => this.#emptied(),
      queued: () => this.#tellQueue(),
    };
  }

  /** Sends a request of a caller when the session allows it. */
  #submit<Req, Res, T>(
    api: Api<Req, Res>,
    message: Input<Req>,
    version: number,
    timeoutMs: number,
    decode: (frame: Uint8Array) => T | Promise<T>,
    answer: "response" | "none" = "response",
  ): Promise<T> {
    const how = this.#login.admission();
    if (how === "refuse") return Promise.reject(this.#closedError(api.name));
    return this.#exchange(api, message, version, timeoutMs, decode, answer, how === "wait" ? how : "send");
  }

  /** Sends a request at once, or holds it until the session is renewed. Without `how` it is part of the login. */
  #exchange<Req, Res, T>(
    api: Api<Req, Res>,
    message: Input<Req>,
    version: number,
    timeoutMs: number,
    decode: (frame: Uint8Array) => T | Promise<T>,
    answer: "response" | "none" = "response",
    how?: "send" | "wait",
  ): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(this.#closedError(api.name));
    const correlationId = this.#nextCorrelationId();
    const chunks = encodeRequest(api, message, version, correlationId, this.#options.clientId);
    return new Promise((resolve, reject) => {
      const receive = (frame: Uint8Array): void => {
        const response = decode(frame);
        this.#queue.honourThrottle(response, api.name);
        entry.response = response;
        resolve(response);
      };
      const needsSession = how !== undefined;
      const parts = { correlationId, api, version, timeoutMs, chunks, answer, receive, reject, needsSession };
      const entry = this.#entry(parts);
      if (how !== "wait") this.#send(entry);
      else {
        if (this.inFlight === 0) this.#becameBusy();
        this.#login.hold(entry);
        this.#tellQueue();
      }
    });
  }

  /** Sends a token without a header. */
  #exchangeToken(token: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (this.#closed !== undefined) return Promise.reject(this.#closedError(BARE.name));
    const size = new Uint8Array(4);
    new DataView(size.buffer).setInt32(0, token.length);
    const chunks = [size, token];
    const parts = { correlationId: -1, api: BARE, version: -1, timeoutMs, chunks, needsSession: false };
    return new Promise((receive, reject) => this.#send(this.#entry({ ...parts, answer: "bare", receive, reject })));
  }

  #entry(parts: InFlightParts): InFlight {
    const { clock, observed } = this.#options;
    const createdMs = wantsRequests(observed?.client.hooks) ? clock.monotonic() : 0;
    return new InFlight(parts, { createdMs, observed, expired: (entry) => this.#expire(entry) });
  }

  #send(entry: InFlight): void {
    if (this.inFlight === 0) this.#becameBusy();
    this.#queue.send(entry);
  }

  /** How long nothing has been received, in ms; 0 while a request is in flight. */
  idleMs(nowMs: number): number {
    return this.#queue.idleMs(nowMs);
  }

  #expire(entry: InFlight): void {
    if (this.#queue.isDelayed(entry)) return;
    const { observed } = this.#options;
    observed?.client.hooks?.requestTimedOut?.(observed, entry);
    if (this.#login.expire(entry)) {
      this.#emptied();
      return;
    }
    this.#options.onSilent?.(this.#queue.silenceBefore(entry));
    this.close(
      new KafkaError(
        "timeout",
        `no response within ${entry.timeoutMs} ms (${entry.apiName}); the connection was closed`,
        { retriable: true, address: this.address },
      ),
    );
  }

  /** The number of requests that wait before they are written has changed. */
  #tellQueue(): void {
    const { observed } = this.#options;
    observed?.client.hooks?.requestQueueChanged?.(observed, this.#queue.unwritten + this.#login.waiting.length);
  }

  #becameBusy(): void {
    this.#options.deadlines.remove(this.#idle);
    if (this.#login.isUsable) this.#slow.watch();
    this.#stream?.ref?.();
  }

  /** No response is awaited any more, or no request without one is being written. */
  #emptied(): void {
    if (this.inFlight > 0) return;
    if (this.#login.isUsable) this.#becameIdle();
    else if (this.#login.state.name === "draining" && this.#queue.isEmpty)
      this.close(new KafkaError("closed", "the connection was replaced by another"));
  }

  #becameIdle(): void {
    this.#options.deadlines.add(this.#idle, this.#options.clock.monotonic() + this.#options.maxIdleMs);
    this.#stream?.unref?.();
    this.#options.onIdle?.();
  }

  #nextCorrelationId(): number {
    this.#correlationId = (this.#correlationId + 1) & 0x7fffffff;
    return this.#correlationId;
  }

  #closedError(apiName: string): KafkaError {
    return refused(apiName, this.address, this.#closed);
  }
}
